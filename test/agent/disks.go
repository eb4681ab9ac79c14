package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

type mounted struct{ source, target string }

// With BindMountPersistentDisk the agent reads the command `mount`, found by PATH: a machine may put its own there.
func mounts() ([]mounted, error) {
	out, err := exec.Command("mount").Output()
	if err != nil {
		return nil, fmt.Errorf("Running mount: %w", err)
	}
	var all []mounted
	for line := range strings.SplitSeq(string(out), "\n") {
		if fields := strings.Fields(line); len(fields) > 2 {
			all = append(all, mounted{fields[0], fields[2]})
		}
	}
	return all, nil
}

func mountedAt(path string) (source string, found bool, err error) {
	all, err := mounts()
	for _, each := range all {
		if each.target == path {
			return each.source, true, nil
		}
	}
	return "", false, err
}

func isMounted(sourceOrTarget string) (bool, error) {
	all, err := mounts()
	for _, each := range all {
		if each.source == sourceOrTarget || each.target == sourceOrTarget {
			return true, nil
		}
	}
	return false, err
}

func mount(source, target string, options ...string) error {
	all, err := mounts()
	if err != nil {
		return fmt.Errorf("Checking whether partition should be mounted: %w", err)
	}
	for _, each := range all {
		switch {
		case each.source == source && each.target == target:
			return nil
		case each.source == source && source != "tmpfs":
			return fmt.Errorf("Device %s is already mounted to %s, can't mount to %s", source, each.target, target)
		case each.target == target && source != "":
			return fmt.Errorf("Device %s is already mounted to %s, can't mount %s", each.source, target, source)
		}
	}
	return command("Shelling out to mount", "mount", append([]string{source, target}, options...)...)
}

func unmount(sourceOrTarget string) (bool, error) {
	there, err := isMounted(sourceOrTarget)
	if err != nil || !there {
		return false, err
	}
	for try := 0; ; try++ {
		if err = command("Unmounting", "umount", sourceOrTarget); err == nil {
			return true, nil
		}
		if try == 600 {
			return false, err
		}
		time.Sleep(time.Second)
	}
}

func command(what, name string, arguments ...string) error {
	if out, err := exec.Command(name, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: Running command: '%s %s', stderr: '%s': %w", what, name, strings.Join(arguments, " "), out, err)
	}
	return nil
}

func (a *agent) store() string          { return filepath.Join(a.base, "store") }
func (a *agent) storeMigration() string { return filepath.Join(a.base, "store_migration_target") }

// A store that is mounted already sends the disk to the migration target, also when it is the same disk: what `mount`
// calls its source is never `<hint>1`, the partition the agent compares it with.
func (a *agent) mountDisk(found disk) error {
	target := a.store()
	source, taken, err := mountedAt(target)
	if err != nil {
		return fmt.Errorf("Checking mount point already has a device monted onto: %w", err)
	}
	logf("linuxPlatform", "INFO", "devicePath = %s, alreadyMountedPartPath = %s, hasMountedDevice = %t", found.Path, source, taken)
	if taken {
		if source == found.Path+"1" {
			return nil
		}
		target = a.storeMigration()
	}
	if err := os.MkdirAll(target, 0o700); err != nil {
		return err
	}
	var options []string
	for _, option := range append(found.MountOptions, "bind") {
		options = append(options, "-o", option)
	}
	if err := mount(found.Path, target, options...); err != nil {
		return fmt.Errorf("Mounting partition: %w", err)
	}
	return os.WriteFile(a.path("managed_disk_settings.json"), []byte(found.ID), 0o644)
}

func (a *agent) migrateDisk() error {
	from, to := a.store(), a.storeMigration()
	copying := fmt.Sprintf("(tar -C %s --xattrs --xattrs-include=*.* --sparse -cf - .) | (tar -C %s --xattrs --xattrs-include=*.* -xpf -)", from, to)
	if err := command("Copying files from old disk to new disk", "sh", "-c", copying); err != nil {
		return err
	}
	if _, err := unmount(from); err != nil {
		return fmt.Errorf("Unmounting old persistent disk: %w", err)
	}
	source, found, err := mountedAt(to)
	if err != nil || !found {
		return fmt.Errorf("Remounting new disk on original mountpoint: Error finding device for mount point %s", to)
	}
	if _, err := unmount(to); err != nil {
		return fmt.Errorf("Remounting new disk on original mountpoint: %w", err)
	}
	if err := mount(source, from, "-o", "bind"); err != nil {
		return fmt.Errorf("Remounting new disk on original mountpoint: %w", err)
	}
	return nil
}
