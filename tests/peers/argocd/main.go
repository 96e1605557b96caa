// Command argocd-pull pulls REVISION of REPOSITORY and unpacks it into DIR with the code that Argo CD's repo-server uses and with
// its defaults.
//
// The credential is in USERNAME and PASSWORD, where there is one. PLAIN_HTTP, when not empty, means http; over https,
// CA_FILE names the certificates to trust instead of the system's. TMPDIR, which must be on DIR's file system, gets what it leaves behind.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/argoproj/argo-cd/v3/util/io"
	"github.com/argoproj/argo-cd/v3/util/oci"
)

// What the repo-server unpacks unless it is told otherwise: --oci-layer-media-types, --oci-manifest-max-extracted-size.
var layerTypes = []string{
	"application/vnd.oci.image.layer.v1.tar",
	"application/vnd.oci.image.layer.v1.tar+gzip",
	"application/vnd.cncf.helm.chart.content.v1.tar+gzip",
}

const maxExtractedSize = 1_000_000_000

// Argo CD counts events; its client calls every handler without asking whether there is one.
func noEvents() oci.EventHandlers {
	start := func(string) func() { return func() {} }
	fail := func(string) func(string) { return func(string) {} }
	return oci.EventHandlers{
		OnExtract: start, OnResolveRevision: start, OnDigestMetadata: start, OnTestRepo: start, OnGetTags: start,
		OnExtractFail: fail, OnResolveRevisionFail: fail, OnDigestMetadataFail: fail, OnTestRepoFail: start, OnGetTagsFail: start,
	}
}

func pull(repository, revision, dir string) error {
	ctx := context.Background()
	scratch, err := os.MkdirTemp("", "argocd-pull-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	credentials := oci.Creds{
		Username:         os.Getenv("USERNAME"),
		Password:         os.Getenv("PASSWORD"),
		CAPath:           os.Getenv("CA_FILE"),
		InsecureHTTPOnly: os.Getenv("PLAIN_HTTP") != "",
	}
	client, err := oci.NewClient("oci://"+repository, credentials, "", "", layerTypes,
		oci.WithManifestMaxExtractedSize(maxExtractedSize),
		oci.WithImagePaths(io.NewRandomizedTempPaths(scratch)),
		oci.WithEventHandlers(noEvents()))
	if err != nil {
		return err
	}
	digest, err := client.ResolveRevision(ctx, revision, true)
	if err != nil {
		return err
	}
	unpacked, closer, err := client.Extract(ctx, digest)
	if err != nil {
		return err
	}
	if err := os.Rename(unpacked, dir); err != nil {
		return errors.Join(err, closer.Close())
	}
	fmt.Println(digest)
	return nil
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: argocd-pull REPOSITORY REVISION DIR")
		os.Exit(2)
	}
	if err := pull(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
