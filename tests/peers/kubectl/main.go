// Command kubectl is kubectl built from its own module: the tests that ask how Kubernetes reads a file
// then ask a version that this repository names, not the one a machine happens to have.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
)

func main() {
	os.Exit(cli.Run(cmd.NewDefaultKubectlCommand()))
}
