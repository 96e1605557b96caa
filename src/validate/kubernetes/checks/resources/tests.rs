//! Requests and limits, of containers and of pods as a whole.

use crate::validate::kubernetes::tests::each_is_found;

#[test]
#[rustfmt::skip]
fn requests_and_limits() {
    each_is_found(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {resourceClaims: [{name: c, resourceClaimName: d}, {name: e, resourceClaimName: f}], overhead: {cpu: 1}, containers: [{name: a, image: i, resources: {requests: {cpu: 100m, memory: 1Gi, hugepages-2Mi: 4Mi, example.com/gpu: 1}, limits: {cpu: 1, memory: 1024Mi, hugepages-2Mi: 4Mi, example.com/gpu: 1}, claims: [{name: c, request: r}, {name: e}]}}]}}",
        &[
            ("cpu: 100m", "cpu: -1", "is less than 0"),
            ("cpu: 100m", "cpu: 1.1", "is more than the limit"),
            ("cpu: 1, memory: 1024Mi", "cpu: , memory: 1024Mi", "is more than the limit"),
            ("cpu: 100m", "disk: 1", "is neither one of Kubernetes"),
            ("cpu: 100m", "pods: 1", "is nothing that a container has"),
            ("cpu: 100m", "requests.example.com/gpu: 1", "does not have the form of an extended resource"),
            ("cpu: 100m", "a b: 1", "has a space"),
            ("gpu: 1}, limits", "gpu: 0.5}, limits", "there are only whole ones"),
            ("gpu: 1}, limits", "gpu: 2}, limits", "is not the same as the limit"),
            ("gpu: 1}, claims", "other: 1}, claims", "add the same amount of `example.com/gpu` below `limits:`"),
            ("hugepages-2Mi: 4Mi", "hugepages-2Mi: 3Mi", "is not a whole number of such pages"),
            ("{cpu: 100m, memory: 1Gi, hugepages-2Mi: 4Mi, example.com/gpu: 1}, limits: {cpu: 1, memory: 1024Mi, ", "{hugepages-2Mi: 4Mi}, limits: {", "huge pages without `cpu` or `memory`"),
            ("overhead: {cpu: 1}", "overhead: {cpu: -1}", "`spec.overhead.cpu` of Pod \"p\" is less than 0"),
            ("{name: e}]", "{}]", "claims[1].name` of Pod \"p\" is missing"),
            ("{name: e}]", "{name: c}]", "is `c` once more"),
            ("{name: e}]", "{name: g}]", "is not among the `resourceClaims` of the pod"),
            ("request: r", "request: R", "upper-case"),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn of_the_whole_pod() {
    each_is_found(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {resources: {requests: {cpu: 2}, limits: {cpu: 2, hugepages-2Mi: 4Mi}}, containers: [{name: a, image: i, resources: {requests: {cpu: 1}, limits: {cpu: 1, hugepages-2Mi: 2Mi}}}, {name: b, image: i, resources: {limits: {cpu: 1, hugepages-2Mi: 2Mi}}}], initContainers: [{name: c, image: i, resources: {requests: {cpu: 2}}}]}}",
        &[
            ("requests: {cpu: 2}", "requests: {cpu: 1.5}", "is less than what the containers request together"),
            ("hugepages-2Mi: 4Mi", "hugepages-2Mi: 2Mi", "is less than the limits of the containers together"),
            ("limits: {cpu: 1, ", "limits: {cpu: 3, ", "is more than the limit of the whole pod"),
            ("requests: {cpu: 2}", "requests: {cpu: 2, ephemeral-storage: 1}", "is not supported for a pod as a whole"),
            ("requests: {cpu: 2}", "claims: [{name: a}], requests: {cpu: 2}", "must not be there for a pod as a whole"),
        ],
    );
}
