package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
)

type certificate struct {
	CA          string `json:"ca"`
	Certificate string `json:"certificate"`
	PrivateKey  string `json:"private_key"`
}

type mbus struct {
	Cert certificate `json:"cert"`
	URLs []string    `json:"urls"`
}

type network struct {
	Type    string   `json:"type"`
	IP      string   `json:"ip"`
	Netmask string   `json:"netmask"`
	Gateway string   `json:"gateway"`
	DNS     []string `json:"dns"`
}

type association struct {
	Name string `json:"name"`
	CID  string `json:"cid"`
}

// The keys are always written, as the real agent does: readers of the file may rely on their form.
type updateSettings struct {
	Blobstores       []any         `json:"blobstores"`
	DiskAssociations []association `json:"disk_associations"`
	Mbus             mbus          `json:"mbus"`
	TrustedCerts     string        `json:"trusted_certs"`
}

type settings struct {
	AgentID string         `json:"agent_id"`
	Mbus    string         `json:"mbus"`
	VM      map[string]any `json:"vm"`
	Disks   struct {
		Persistent map[string]any `json:"persistent"`
	} `json:"disks"`
	Networks map[string]network `json:"networks"`
	Env      struct {
		Bosh struct {
			Mbus mbus `json:"mbus"`
		} `json:"bosh"`
	} `json:"env"`
	update updateSettings
}

type disk struct {
	ID           string
	DeviceID     string
	VolumeID     string
	Path         string
	MountOptions []string
}

func (a *agent) path(name string) string { return filepath.Join(a.base, "bosh", name) }

func (a *agent) settings() settings {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.now
}

// What the Director sent last comes before what the machine was made with, and `env` before the top level.
func (s settings) busURLs() []string {
	switch {
	case len(s.update.Mbus.URLs) > 0:
		return s.update.Mbus.URLs
	case len(s.Env.Bosh.Mbus.URLs) > 0:
		return s.Env.Bosh.Mbus.URLs
	}
	return []string{s.Mbus}
}

func (s settings) busCertificate() certificate {
	if s.update.Mbus.Cert != (certificate{}) {
		return s.update.Mbus.Cert
	}
	return s.Env.Bosh.Mbus.Cert
}

// Falls back to what it read the last time (settings.json), as the real agent does when its source is gone.
func (a *agent) loadSettings() error {
	var loaded settings
	raw, err := os.ReadFile(a.path("warden-cpi-agent-env.json"))
	if err != nil {
		cached, cacheErr := os.ReadFile(a.path("settings.json"))
		if cacheErr != nil {
			return fmt.Errorf("Invoking settings fetcher: Reading settings from file: %w", err)
		}
		raw = cached
	}
	if err := json.Unmarshal(raw, &loaded); err != nil {
		return fmt.Errorf("Unmarshalling settings json: %w", err)
	}
	if err := readJSON(a.path("update_settings.json"), &loaded.update); err != nil {
		return fmt.Errorf("Unmarshalling Update Settings json: %w", err)
	}
	a.mutex.Lock()
	a.now = loaded
	a.mutex.Unlock()
	return os.WriteFile(a.path("settings.json"), raw, 0o600)
}

// True when the message bus or the blobstores changed: the agent must start again to use them.
func (u *updateSettings) merge(newer updateSettings) bool {
	changed := false
	u.TrustedCerts = newer.TrustedCerts
	u.DiskAssociations = newer.DiskAssociations
	if !reflect.DeepEqual(newer.Mbus, u.Mbus) && !reflect.DeepEqual(newer.Mbus, mbus{}) {
		u.Mbus, changed = newer.Mbus, true
	}
	if newer.Blobstores != nil && !reflect.DeepEqual(newer.Blobstores, u.Blobstores) {
		u.Blobstores, changed = newer.Blobstores, true
	}
	return changed
}

func (a *agent) knownDisks() (map[string]disk, error) {
	known := map[string]disk{}
	for cid, hint := range a.settings().Disks.Persistent {
		known[cid] = diskOf(cid, hint)
	}
	if err := readJSON(a.path("persistent_disk_hints.json"), &known); err != nil {
		return nil, fmt.Errorf("Reading persistent disk settings: %w", err)
	}
	return known, nil
}

func (a *agent) knownDisk(cid string) (disk, error) {
	known, err := a.knownDisks()
	if err != nil {
		return disk{}, err
	}
	found, ok := known[cid]
	if !ok {
		return disk{}, fmt.Errorf("Persistent disk with volume id '%s' could not be found", cid)
	}
	return found, nil
}

func diskOf(cid string, hint any) disk {
	found := disk{ID: cid}
	switch given := hint.(type) {
	case string:
		found.Path, found.VolumeID = given, given
	case map[string]any:
		found.Path, _ = given["path"].(string)
		found.VolumeID, _ = given["volume_id"].(string)
		found.DeviceID, _ = given["id"].(string)
	}
	return found
}

func (a *agent) changeHints(change func(map[string]disk)) error {
	hints := map[string]disk{}
	if err := readJSON(a.path("persistent_disk_hints.json"), &hints); err != nil {
		return fmt.Errorf("Reading all persistent disk settings: %w", err)
	}
	change(hints)
	return writeJSON(a.path("persistent_disk_hints.json"), hints)
}

// A file that is not there leaves the value as it is.
func readJSON(path string, into any) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

func writeJSON(path string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o644)
}
