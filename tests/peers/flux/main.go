// Command flux-pull pulls REFERENCE and unpacks it into DIR with the code that Flux's source-controller and CLI use.
//
// Credentials come from docker's configuration, further trusted certificates from SSL_CERT_FILE; a registry on this machine may
// speak http.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/fluxcd/pkg/oci"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: flux-pull REFERENCE DIR")
		os.Exit(2)
	}
	metadata, err := oci.NewClient(oci.DefaultOptions()).Pull(context.Background(), os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(metadata.Digest)
}
