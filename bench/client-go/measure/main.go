// Measure runs commands many times, in turns, and prints what each run cost.
//
// It reads a plan as JSON on standard input and prints every sample as JSON. Being small matters: on Linux a
// process inherits the peak memory of the one that forked it, so a runner inside Node would put a floor of
// some 60 MB under every memory figure.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Command is one contestant: a program, its whole environment and its standard input.
type Command struct {
	Name  string   `json:"name"`
	Argv  []string `json:"argv"`
	Env   []string `json:"env"`
	Stdin string   `json:"stdin"`
	// Expect is text that standard output must hold; a run without it ends the measurement.
	Expect string `json:"expect"`
}

// Plan says who runs and how often. Warmups are run first and thrown away.
type Plan struct {
	Runs     int       `json:"runs"`
	Warmups  int       `json:"warmups"`
	Commands []Command `json:"commands"`
}

// Sample is the cost of one run: milliseconds on the clock, milliseconds of processor (user and system, all
// threads), and the peak of resident memory in KiB.
type Sample struct {
	Name    string  `json:"name"`
	WallMs  float64 `json:"wallMs"`
	CPUMs   float64 `json:"cpuMs"`
	PeakKiB int64   `json:"peakKiB"`
}

func main() {
	var plan Plan
	if err := json.NewDecoder(os.Stdin).Decode(&plan); err != nil {
		fail(fmt.Errorf("plan: %w", err))
	}
	samples := []Sample{}
	for round := -plan.Warmups; round < plan.Runs; round++ {
		// In turns, so that whatever else the machine does at a moment hits all of them alike.
		for _, command := range plan.Commands {
			sample, err := run(command)
			if err != nil {
				fail(fmt.Errorf("%s: %w", command.Name, err))
			}
			if round >= 0 {
				samples = append(samples, sample)
			}
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(samples); err != nil {
		fail(err)
	}
}

func run(command Command) (Sample, error) {
	var stdout, stderr bytes.Buffer
	process := exec.Command(command.Argv[0], command.Argv[1:]...)
	process.Env = command.Env
	if process.Env == nil {
		process.Env = []string{}
	}
	process.Stdin = strings.NewReader(command.Stdin)
	process.Stdout, process.Stderr = &stdout, &stderr
	start := time.Now()
	err := process.Run()
	wall := time.Since(start)
	if err != nil {
		return Sample{}, fmt.Errorf("%w: %s", err, stderr.String())
	}
	if !strings.Contains(stdout.String(), command.Expect) {
		return Sample{}, fmt.Errorf("standard output %q lacks %q; standard error: %s", stdout.String(), command.Expect, stderr.String())
	}
	usage := process.ProcessState.SysUsage().(*syscall.Rusage)
	cpu := process.ProcessState.UserTime() + process.ProcessState.SystemTime()
	return Sample{command.Name, milliseconds(wall), milliseconds(cpu), usage.Maxrss}, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func fail(err error) {
	fmt.Fprintln(os.Stderr, "measure:", err)
	os.Exit(1)
}
