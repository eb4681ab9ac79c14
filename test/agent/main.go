// A double of the bosh-agent for tests on a real node, where the real one cannot be had. It answers the calls a Director
// and `bosh create-env` make of a machine with disks, in the agent's words, and falls into the agent's traps: settings
// that must be there at its start, disks it refuses to start with, a store that stays bound after unmount_disk, a message
// bus it gives up after two refusals. It runs no jobs and compiles nothing.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

type agent struct {
	base  string
	mutex sync.Mutex // the settings
	now   settings
	tasks tasks
	send  func(topic string, message any) error
}

func main() {
	a := &agent{base: "/var/vcap", tasks: tasks{running: map[string]*task{}}}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	failed := make(chan error, 4)
	go a.run(failed)
	var err error
	select {
	case received := <-stop:
		err = fmt.Errorf("received signal (%s): stopping now", received)
	case err = <-failed:
	}
	logf("main", "ERROR", "Agent exited with error: %s", err)
	os.Exit(1)
}

func (a *agent) run(failed chan error) {
	logf("main", "DEBUG", "Starting agent")
	if err := a.bootstrap(); err != nil {
		logf("main", "ERROR", "App setup Running bootstrap: %s", err)
		failed <- fmt.Errorf("Running bootstrap: %w", err)
		return
	}
	a.tasks.resume(a.path("tasks.json"))
	bus := a.settings().busURLs()[0]
	a.send = func(string, any) error { return nil }
	ready := make(chan struct{})
	switch {
	case strings.HasPrefix(bus, "nats://"):
		go func() { failed <- a.serveNats(ready) }()
	case strings.HasPrefix(bus, "https://"):
		close(ready)
		go func() { failed <- a.serveHTTPS(bus) }()
	default:
		failed <- fmt.Errorf("Getting mbus handler: Message Bus Handler with scheme of %s could not be found", bus)
		return
	}
	go a.heartbeats(ready, failed)
	// monit mails its alerts here: whoever asks whether the agent is up looks for this socket
	alerts, err := net.Listen("tcp", "127.0.0.1:2825")
	if err != nil {
		failed <- fmt.Errorf("Listen for SMTP: %w", err)
		return
	}
	for {
		if connection, err := alerts.Accept(); err == nil {
			connection.Close()
		}
	}
}

// A connection that NATS closed for good is noticed here only: at the first beat after the start's (30 s), tried 60 times.
func (a *agent) heartbeats(ready chan struct{}, failed chan error) {
	<-ready
	beat := func(tries int) {
		var err error
		for range tries {
			logf("agent", "INFO", "Attempting to send Heartbeat")
			if err = a.send("heartbeat", map[string]any{"deployment": "", "job_state": a.jobState()}); err == nil {
				return
			}
			time.Sleep(time.Second)
		}
		failed <- fmt.Errorf("Sending Heartbeat: %w", err)
	}
	beat(1)
	for range time.Tick(30 * time.Second) {
		beat(60)
	}
}

func logf(tag, level, format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "[%s] %s %s - %s\n", tag, time.Now().Format("2006/01/02 15:04:05"), level, fmt.Sprintf(format, arguments...))
}
