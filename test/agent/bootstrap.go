package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The steps of the real agent's bootstrap that a container can get wrong. Any error ends the agent; its supervisor starts
// it again, for ever.
func (a *agent) bootstrap() error {
	var state struct {
		Linux struct {
			HostsConfigured bool `json:"hosts_configured"`
		}
	}
	if err := readJSON(a.path("agent_state.json"), &state); err != nil {
		return fmt.Errorf("Loading state: Unmarshalling bootstrap state: %w", err)
	}
	if err := a.loadSettings(); err != nil {
		return fmt.Errorf("Fetching settings: %w", err)
	}
	if !state.Linux.HostsConfigured {
		if err := setHostname(a.settings().AgentID); err != nil {
			return fmt.Errorf("Setting up hostname: %w", err)
		}
		state.Linux.HostsConfigured = true
		if err := writeJSON(a.path("agent_state.json"), state); err != nil {
			return fmt.Errorf("Setting up hostname: %w", err)
		}
	}
	if err := a.setupDataDir(); err != nil {
		return fmt.Errorf("Setting up data dir: %w", err)
	}
	if err := a.checkLastMountedDisk(); err != nil {
		return err
	}
	if err := a.compareDisks(); err != nil {
		return fmt.Errorf("Comparing persistent disks: %w", err)
	}
	return a.checkSpec()
}

func setHostname(name string) error {
	if out, err := exec.Command("hostname", name).CombinedOutput(); err != nil {
		return fmt.Errorf("Setting hostname: %w: %s", err, out)
	}
	if err := os.WriteFile("/etc/hostname", []byte(name), 0o644); err != nil {
		return err
	}
	return os.WriteFile("/etc/hosts", []byte(hostsHead(name)), 0o644)
}

func hostsHead(name string) string {
	return fmt.Sprintf("127.0.0.1 %s localhost\n\n::1 %s localhost ip6-localhost ip6-loopback\n", name, name)
}

func (a *agent) setupDataDir() error {
	run := filepath.Join(a.base, "data/sys/run")
	for _, dir := range []string{filepath.Join(a.base, "data/sys/log"), run, filepath.Join(a.base, "data/blobs")} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return err
		}
	}
	if _, mounted, err := mountedAt(run); err != nil {
		return err
	} else if !mounted {
		if err := mount("tmpfs", run, "-t", "tmpfs", "-o", "size=16m"); err != nil {
			return err
		}
	}
	link := filepath.Join(a.base, "sys")
	if target, err := os.Readlink(link); err == nil && target == filepath.Join(a.base, "data/sys") {
		return nil
	}
	if err := os.RemoveAll(link); err != nil {
		return err
	}
	return os.Symlink(filepath.Join(a.base, "data/sys"), link)
}

func (a *agent) checkLastMountedDisk() error {
	raw, err := os.ReadFile(a.path("managed_disk_settings.json"))
	last := string(raw)
	if err != nil || last == "" {
		return nil
	}
	known, err := a.knownDisks()
	if err != nil {
		return fmt.Errorf("Checking last mounted CID: %w", err)
	}
	found, err := a.knownDisk(last)
	if err != nil && len(known) > 0 {
		return fmt.Errorf("Checking last mounted CID: Attached disk disagrees with previous mount: %w", err)
	}
	if err != nil {
		return fmt.Errorf("Mounting last mounted disk: Fetching disk settings: %w", err)
	}
	// sfdisk prints no table for a directory, so the store is NOT mounted again
	out, _ := exec.Command("sfdisk", "-d", found.Path).Output()
	if len(strings.Split(string(out), "\n")) > 4 {
		return a.mountDisk(found)
	}
	return nil
}

func (a *agent) compareDisks() error {
	associated := a.settings().update.DiskAssociations
	for _, each := range associated {
		if _, err := a.knownDisk(each.CID); err != nil {
			return fmt.Errorf("Disk %s is not attached", each.CID)
		}
	}
	known, err := a.knownDisks()
	if err != nil {
		return errors.New("Reading all persistent disk settings")
	}
	if len(known) > 1 && len(known) > len(associated) {
		return errors.New("Unexpected disk attached")
	}
	return nil
}

func (a *agent) checkSpec() error {
	if err := readJSON(a.path("spec.json"), &map[string]any{}); err != nil {
		return fmt.Errorf("Cannot get v1spec from SpecService: %w", err)
	}
	return nil
}
