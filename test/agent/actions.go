package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

type request struct {
	Method    string            `json:"method"`
	Arguments []json.RawMessage `json:"arguments"`
	ReplyTo   string            `json:"reply_to"`
	Protocol  int               `json:"protocol"`
}

type action struct {
	arguments    int
	asynchronous bool
	run          func(a *agent, arguments []json.RawMessage) (any, error)
}

var nothing = map[string]string{}

var actions = map[string]action{
	"ping":        {0, false, func(*agent, []json.RawMessage) (any, error) { return "pong", nil }},
	"info":        {0, false, func(*agent, []json.RawMessage) (any, error) { return map[string]int{"api_version": 1}, nil }},
	"get_task":    {1, false, func(a *agent, given []json.RawMessage) (any, error) { return a.tasks.get(text(given[0])) }},
	"cancel_task": {1, false, func(*agent, []json.RawMessage) (any, error) { return "canceled", nil }},
	"get_state":   {0, false, func(a *agent, _ []json.RawMessage) (any, error) { return a.state() }},
	"list_disk":   {0, false, func(a *agent, _ []json.RawMessage) (any, error) { return a.listDisk() }},
	"sync_dns": {3, false, func(a *agent, given []json.RawMessage) (any, error) {
		version, _ := strconv.ParseUint(string(given[2]), 10, 64)
		return a.syncDNS(text(given[0]), version)
	}},
	"start":              {0, false, func(a *agent, _ []json.RawMessage) (any, error) { return "started", a.setStopped(false) }},
	"stop":               {0, true, func(a *agent, _ []json.RawMessage) (any, error) { return "stopped", a.setStopped(true) }},
	"drain":              {1, true, func(*agent, []json.RawMessage) (any, error) { return 0, nil }},
	"prepare":            {1, true, func(*agent, []json.RawMessage) (any, error) { return "prepared", nil }},
	"run_script":         {2, true, func(*agent, []json.RawMessage) (any, error) { return nothing, nil }},
	"delete_arp_entries": {1, false, func(*agent, []json.RawMessage) (any, error) { return nothing, nil }},
	"apply":              {1, true, func(a *agent, given []json.RawMessage) (any, error) { return a.apply(given[0]) }},
	"update_settings":    {1, true, func(a *agent, given []json.RawMessage) (any, error) { return a.updateSettings(given[0]) }},
	"add_persistent_disk": {2, true, func(a *agent, given []json.RawMessage) (any, error) {
		var hint any
		if err := json.Unmarshal(given[1], &hint); err != nil {
			return nil, err
		}
		added := diskOf(text(given[0]), hint)
		return nothing, a.changeHints(func(hints map[string]disk) { hints[added.ID] = added })
	}},
	"remove_persistent_disk": {1, true, func(a *agent, given []json.RawMessage) (any, error) {
		return nothing, a.changeHints(func(hints map[string]disk) { delete(hints, text(given[0])) })
	}},
	"mount_disk": {1, true, func(a *agent, given []json.RawMessage) (any, error) {
		found, err := a.knownDisk(text(given[0]))
		if err != nil {
			return nil, fmt.Errorf("Reading persistent disk settings: %w", err)
		}
		if err := a.mountDisk(found); err != nil {
			return nil, fmt.Errorf("Mounting persistent disk: %w", err)
		}
		return nothing, nil
	}},
	"unmount_disk": {1, true, func(a *agent, given []json.RawMessage) (any, error) {
		found, err := a.knownDisk(text(given[0]))
		if err != nil {
			return nil, fmt.Errorf("Getting persistent disk settings: %w", err)
		}
		// the hint's mount goes; a bind made from it stays, unless this machine's `mount` and `umount` know better
		did, err := unmount(found.Path)
		if err != nil {
			return nil, fmt.Errorf("Unmounting persistent disk: %w", err)
		}
		message := "Partition of %+v is not mounted"
		if did {
			message = "Unmounted partition of %+v"
		}
		return map[string]string{"message": fmt.Sprintf(message, found)}, nil
	}},
	"migrate_disk": {0, true, func(a *agent, _ []json.RawMessage) (any, error) {
		if err := a.migrateDisk(); err != nil {
			return nil, fmt.Errorf("Migrating persistent disk: %w", err)
		}
		return nothing, nil
	}},
}

func (a *agent) dispatch(asked request) map[string]any {
	found, known := actions[asked.Method]
	if !known {
		logf("Action Dispatcher", "ERROR", "Unknown action %s", asked.Method)
		return exception(fmt.Errorf("unknown message %s", asked.Method))
	}
	logf("Action Dispatcher", "INFO", "Received request with action %s", asked.Method)
	run := func() (any, error) {
		if len(asked.Arguments) < found.arguments {
			return nil, fmt.Errorf("Extracting method arguments from payload: Not enough arguments, expected %d, got %d",
				found.arguments, len(asked.Arguments))
		}
		if err := a.loadSettings(); err != nil {
			return nil, fmt.Errorf("Refreshing the settings: %w", err)
		}
		return found.run(a, asked.Arguments)
	}
	if found.asynchronous || (asked.Method == "list_disk" && asked.Protocol >= 3) {
		kept := ""
		if asked.Method == "update_settings" {
			kept = a.path("tasks.json")
		}
		return map[string]any{"value": a.tasks.start(asked.Method, kept, run)}
	}
	value, err := run()
	if err != nil {
		err = fmt.Errorf("Action Failed %s: %w", asked.Method, err)
		logf("Action Dispatcher", "ERROR", "%s", err)
		return exception(err)
	}
	return map[string]any{"value": value}
}

func exception(err error) map[string]any {
	return map[string]any{"exception": map[string]string{"message": err.Error()}}
}

func text(raw json.RawMessage) string {
	var value string
	_ = json.Unmarshal(raw, &value)
	return value
}

func (a *agent) listDisk() (any, error) {
	known, err := a.knownDisks()
	listed := []string{}
	for cid, each := range known {
		there, err := isMounted(each.Path)
		if err != nil {
			return nil, err
		}
		if there {
			listed = append(listed, cid)
		}
	}
	return listed, err
}

func (a *agent) stopped() string { return filepath.Join(a.base, "monit/stopped") }

func (a *agent) setStopped(stopped bool) error {
	if !stopped {
		return os.RemoveAll(a.stopped())
	}
	if err := os.MkdirAll(filepath.Dir(a.stopped()), 0o755); err != nil {
		return err
	}
	return os.WriteFile(a.stopped(), nil, 0o644)
}

func (a *agent) jobState() string {
	if _, err := os.Stat(a.stopped()); err == nil {
		return "stopped"
	}
	return "running"
}

func (a *agent) state() (any, error) {
	state := map[string]any{"networks": nothing, "resource_pool": nothing, "packages": nothing, "job": nil, "index": nil, "deployment": ""}
	if err := readJSON(a.path("spec.json"), &state); err != nil {
		return nil, fmt.Errorf("Getting current spec: %w", err)
	}
	state["agent_id"] = a.settings().AgentID
	state["vm"] = a.settings().VM
	state["job_state"] = a.jobState()
	return state, nil
}

func (a *agent) apply(raw json.RawMessage) (any, error) {
	spec := map[string]any{}
	if err := json.Unmarshal(raw, &spec); err != nil {
		return nil, err
	}
	networks, _ := spec["networks"].(map[string]any)
	for name, each := range a.settings().Networks {
		// the Director learns a dynamic machine's address from here
		if asked, ok := networks[name].(map[string]any); ok && each.Type == "dynamic" {
			asked["ip"] = podAddress()
		}
	}
	if err := writeJSON(a.path("spec.json"), spec); err != nil {
		return nil, fmt.Errorf("Persisting apply spec: %w", err)
	}
	for _, field := range []string{"id", "az", "name", "deployment"} {
		value, _ := spec[field].(string)
		path := filepath.Join(a.base, "instance", field)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(value), 0o644); err != nil {
			return nil, err
		}
	}
	return "applied", nil
}

func podAddress() string {
	eth0, err := net.InterfaceByName("eth0")
	if err != nil {
		return ""
	}
	addresses, _ := eth0.Addrs()
	for _, each := range addresses {
		if found, ok := each.(*net.IPNet); ok && found.IP.To4() != nil {
			return found.IP.String()
		}
	}
	return ""
}

func (a *agent) updateSettings(raw json.RawMessage) (any, error) {
	var newer updateSettings
	if err := json.Unmarshal(raw, &newer); err != nil {
		return nil, err
	}
	for _, each := range newer.DiskAssociations {
		found, err := a.knownDisk(each.CID)
		if err != nil {
			return nil, fmt.Errorf("Fetching disk settings: %w", err)
		}
		link := filepath.Join(a.base, "instance/disks", each.Name)
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			return nil, err
		}
		_ = os.Remove(link)
		if err := os.Symlink(found.Path, link); err != nil {
			return nil, err
		}
	}
	merged := a.settings().update
	restart := merged.merge(newer)
	if err := writeJSON(a.path("update_settings.json"), merged); err != nil {
		return nil, err
	}
	if restart {
		// a second for the Director to hear of the task; it asks for its end when the agent is back
		time.Sleep(time.Second)
		os.Exit(0)
	}
	return "ok", nil
}

// The blob is one that was PUT to this agent. The new hosts file is renamed onto /etc/hosts, which a mount point refuses.
// Records of a version it has already are not looked at, whatever became of /etc/hosts.
func (a *agent) syncDNS(blob string, version uint64) (any, error) {
	type recorded struct {
		Records [][2]string `json:"records"`
		Version uint64      `json:"version"`
	}
	path := filepath.Join(a.base, "instance/dns/records.json")
	var had, records recorded
	if readJSON(path, &had) == nil && had.Version >= version {
		return "synced", nil
	}
	raw, err := os.ReadFile(filepath.Join(a.base, "data/blobs", filepath.Base(blob)))
	if err != nil {
		return nil, fmt.Errorf("getting %s from blobstore: %w", blob, err)
	}
	if err := json.Unmarshal(raw, &records); err != nil {
		return nil, fmt.Errorf("unmarshalling DNS records: %w", err)
	}
	if records.Version != version {
		return nil, errors.New("version from unpacked dns blob does not match version supplied by director")
	}
	hosts := hostsHead(a.settings().AgentID)
	for _, record := range records.Records {
		hosts += fmt.Sprintf("%s %s\n", record[0], record[1])
	}
	if err := os.WriteFile("/etc/hosts-new", []byte(hosts), 0o644); err != nil {
		return nil, err
	}
	if err := os.Rename("/etc/hosts-new", "/etc/hosts"); err != nil {
		return nil, fmt.Errorf("saving DNS records: Renaming to /etc/hosts: %w", err)
	}
	return "synced", errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, raw, 0o640),
		command("Chowning records JSON file", "chown", "root:vcap", path))
}
