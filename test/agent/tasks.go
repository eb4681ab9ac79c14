package main

import (
	"crypto/rand"
	"fmt"
	"sync"
)

type task struct {
	ended bool
	value any
	err   error
}

type tasks struct {
	mutex   sync.Mutex
	running map[string]*task
}

type taskInfo struct {
	TaskID string
	Method string
}

func running(id string) map[string]string {
	return map[string]string{"agent_task_id": id, "state": "running"}
}

// A task whose file `kept` is named survives the agent: the Director asks for the end of an update_settings that ended the
// agent.
func (t *tasks) start(method, kept string, run func() (any, error)) any {
	random := make([]byte, 16)
	_, _ = rand.Read(random)
	id := fmt.Sprintf("%x-%x-%x-%x-%x", random[:4], random[4:6], random[6:8], random[8:10], random[10:])
	started := &task{}
	t.mutex.Lock()
	t.running[id] = started
	t.mutex.Unlock()
	if kept != "" {
		_ = writeJSON(kept, map[string]taskInfo{id: {id, method}})
	}
	go func() {
		value, err := run()
		if err != nil {
			err = fmt.Errorf("Action Failed %s: %w", method, err)
			logf("Action Dispatcher", "ERROR", "%s", err)
		}
		t.mutex.Lock()
		defer t.mutex.Unlock()
		started.ended, started.value, started.err = true, value, err
		if kept != "" {
			_ = writeJSON(kept, nothing)
		}
	}()
	return running(id)
}

func (t *tasks) resume(kept string) {
	infos := map[string]taskInfo{}
	if err := readJSON(kept, &infos); err != nil {
		logf("Action Dispatcher", "ERROR", "Unmarshaling tasks json: %s", err)
	}
	for id := range infos {
		t.running[id] = &task{ended: true, value: "ok"}
	}
}

func (t *tasks) get(id string) (any, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	found, known := t.running[id]
	switch {
	case !known:
		return nil, fmt.Errorf("Task with id %s could not be found", id)
	case !found.ended:
		return running(id), nil
	case found.err != nil:
		return nil, fmt.Errorf("Task %s result: %w", id, found.err)
	}
	return found.value, nil
}
