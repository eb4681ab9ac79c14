// A container to try a node with: GET and PUT /files/NAME work on a folder, /fetch?url=URL fetches from inside the pod.
// usage: workload ADDRESS FOLDER
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

func main() {
	address, folder := os.Args[1], os.Args[2]
	client := &http.Client{Timeout: 10 * time.Second}
	file := func(r *http.Request) string { return filepath.Join(folder, filepath.Base(r.URL.Path)) }
	http.HandleFunc("GET /files/", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file(r)) })
	http.HandleFunc("PUT /files/", func(w http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(r.Body)
		if err == nil {
			err = os.WriteFile(file(r), content, 0o644)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	http.HandleFunc("GET /fetch", func(w http.ResponseWriter, r *http.Request) {
		answer, err := client.Get(r.FormValue("url"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		_, _ = io.Copy(w, answer.Body)
	})
	log.Fatal(http.ListenAndServe(address, nil))
}
