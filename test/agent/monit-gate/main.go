// Stands between an agent and Debian's monit: listens where a stemcell's monit does (2822) and adds to each POST the token
// that monit asks for since 5.20 and that an agent does not know.
package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
)

func main() {
	monit := &url.URL{Scheme: "http", Host: "127.0.0.1:2823"}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(monit)
		if r.In.Method != http.MethodPost {
			return
		}
		body, _ := io.ReadAll(r.In.Body)
		body = append(body, "&securitytoken=x"...)
		r.Out.Body = io.NopCloser(bytes.NewReader(body))
		r.Out.ContentLength = int64(len(body))
		r.Out.Header.Set("Content-Length", strconv.Itoa(len(body)))
		r.Out.Header.Set("Cookie", "securitytoken=x")
	}}
	log.Fatal(http.ListenAndServe("127.0.0.1:2822", proxy))
}
