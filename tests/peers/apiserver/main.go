// Command apiserver is the Kubernetes API server built from its own module: the tests that ask what a cluster
// accepts then ask the version that this repository names. Kubernetes' module itself forbids `go install`.
package main

import (
	"os"
	_ "time/tzdata" // CronJobs name time zones, and the machine may have none.

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	os.Exit(cli.Run(app.NewAPIServerCommand()))
}
