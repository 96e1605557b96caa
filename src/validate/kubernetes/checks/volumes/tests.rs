//! Each source of a volume, whole and with something missing or wrong.

use crate::validate::kubernetes::tests::each_is_found;

#[test]
#[rustfmt::skip]
fn sources_of_files() {
    each_is_found(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: i}], volumes: [{name: a, secret: {secretName: s, defaultMode: 256, items: [{key: k, path: p, mode: 256}]}}, {name: b, configMap: {name: c}}, {name: c, downwardAPI: {items: [{path: x, fieldRef: {fieldPath: metadata.name}}]}}, {name: d, projected: {sources: [{secret: {name: s, items: [{key: k, path: q}]}}, {configMap: {name: m, items: [{key: k, path: r}]}}, {serviceAccountToken: {path: t, expirationSeconds: 600}}]}}, {name: e, emptyDir: {sizeLimit: 1Gi}}, {name: f, hostPath: {path: /a}}, {name: g, persistentVolumeClaim: {claimName: c}}, {name: h}, {name: i, image: {reference: r}}, {name: j, ephemeral: {volumeClaimTemplate: {metadata: {labels: {a: b}}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}}",
        &[
            ("{name: h}", "{}", "volumes[7].name` of Pod \"p\" is missing"),
            ("{name: h}", "{name: H}", "upper-case"),
            ("{name: h}", "{name: g}", "once more"),
            ("{name: h}", "{name: h, emptyDir: {}, secret: {secretName: s}}", "stands beside `emptyDir`"),
            ("secretName: s, ", "", "secretName` of Pod \"p\" is missing"),
            ("defaultMode: 256", "defaultMode: 512", "not a number from 0 to 511"),
            ("mode: 256", "mode: -1", "not a number from 0 to 511"),
            ("key: k, path: p", "path: p", "key` of Pod \"p\" is missing"),
            ("path: p,", "path: ../p,", "goes up with `..`"),
            ("configMap: {name: c}", "configMap: {}", "configMap.name` of Pod \"p\" is missing"),
            ("path: x, ", "", "items[0].path` of Pod \"p\" is missing"),
            (", fieldRef: {fieldPath: metadata.name}", "", "add `fieldRef:` or `resourceFieldRef:`"),
            ("{secret: {name: s,", "{secret: {", "sources[0].secret.name` of Pod \"p\" is missing"),
            ("path: r", "path: q", "is `q` once more"),
            ("{serviceAccountToken", "{secret: {name: s}, serviceAccountToken", "stands beside another source"),
            ("path: t, ", "", "serviceAccountToken.path` of Pod \"p\" is missing"),
            ("path: t", "path: /t", "begins with a `/`"),
            ("expirationSeconds: 600", "expirationSeconds: 60", "is 60, not a number from 600"),
            ("sizeLimit: 1Gi", "sizeLimit: -1", "is less than 0"),
            ("path: /a", "path: \"\"", "hostPath.path` of Pod \"p\" is empty"),
            ("path: /a", "path: /a/../b", "goes up"),
            ("{claimName: c}", "{}", "claimName` of Pod \"p\" is missing"),
            ("{claimName: c}", "{claimName: p-j}", "is the claim that another volume of the pod makes"),
            ("{reference: r}", "{}", "image.reference` of Pod \"p\" is missing"),
            ("{volumeClaimTemplate: {metadata: {labels: {a: b}}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}", "{}", "volumeClaimTemplate` of Pod \"p\" is missing"),
            ("{labels: {a: b}}", "{name: x}", "only `labels` and `annotations`"),
            (", spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}", "", "volumeClaimTemplate.spec` of Pod \"p\" is missing"),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn sources_of_disks() {
    each_is_found(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: i}], volumes: [{name: a, nfs: {server: s, path: /p}}, {name: b, iscsi: {targetPortal: t, iqn: \"iqn.2020-01.com.example:a\", lun: 1, initiatorName: eui.0123456789abcdef}}, {name: c, gcePersistentDisk: {pdName: d, partition: 1}}, {name: d, awsElasticBlockStore: {volumeID: v}}, {name: e, fc: {targetWWNs: [a], lun: 1}}, {name: f, rbd: {monitors: [m], image: r}}, {name: g, cephfs: {monitors: [o]}}, {name: h, cinder: {volumeID: w, secretRef: {name: s}}}, {name: i, csi: {driver: d.io, nodePublishSecretRef: {name: q}}}, {name: j, azureFile: {secretName: s, shareName: t}}, {name: k, azureDisk: {diskName: k, diskURI: \"https://a\"}}, {name: l, flexVolume: {driver: fd, options: {a/b: c}}}]}}",
        &[
            ("server: s, ", "", "nfs.server` of Pod \"p\" is missing"),
            ("path: /p", "path: p", "does not begin with a `/`"),
            ("targetPortal: t, ", "", "targetPortal` of Pod \"p\" is missing"),
            ("iqn.2020-01.com.example:a", "iqn.2020.com", "is no name of iSCSI"),
            ("eui.0123456789abcdef", "eui.0123", "is no name of iSCSI"),
            ("lun: 1, initiatorName", "lun: 256, initiatorName", "not a number from 0 to 255"),
            ("lun: 1, initiatorName", "chapAuthSession: true, initiatorName", "with `chapAuthSession: true` add `secretRef:`"),
            ("pdName: d, ", "", "pdName` of Pod \"p\" is missing"),
            ("partition: 1", "partition: 256", "not a number from 0 to 255"),
            ("{volumeID: v}", "{}", "volumeID` of Pod \"p\" is missing"),
            ("targetWWNs: [a], lun: 1", "lun: 1", "add `targetWWNs:` and `lun:`, or `wwids:`"),
            ("targetWWNs: [a], lun: 1", "targetWWNs: [a]", "with `targetWWNs` add `lun:`"),
            ("[a], lun: 1", "[a], lun: 300", "not a number from 0 to 255"),
            ("[a], lun: 1", "[a], wwids: [b], lun: 1", "stands beside `targetWWNs`"),
            ("monitors: [m], ", "", "rbd.monitors` of Pod \"p\" is missing"),
            ("{monitors: [o]}", "{}", "cephfs.monitors` of Pod \"p\" is missing"),
            ("{volumeID: w, secretRef: {name: s}}", "{secretRef: {name: s}}", "cinder.volumeID` of Pod \"p\" is missing"),
            ("w, secretRef: {name: s}", "w, secretRef: {}", "secretRef.name` of Pod \"p\" is missing"),
            ("driver: d.io, ", "", "csi.driver` of Pod \"p\" is missing"),
            ("driver: d.io", "driver: d_io", "underscore"),
            ("{name: q}", "{name: Q}", "upper-case"),
            ("secretName: s, shareName", "shareName", "azureFile.secretName` of Pod \"p\" is missing"),
            ("diskName: k, ", "", "diskName` of Pod \"p\" is missing"),
            ("https://a", "/subscriptions/a", "does not begin with `https://`"),
            ("diskURI: \"https://a\"", "kind: Managed, diskURI: \"https://a\"", "does not begin with `/subscriptions/`"),
            ("diskURI: \"https://a\"", "diskURI: \"https://a\", cachingMode: \"\"", "is empty"),
            ("driver: fd, ", "", "flexVolume.driver` of Pod \"p\" is missing"),
            ("a/b: c", "a.k8s.io/b: c", "has a domain that is reserved"),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn sources_of_days_past() {
    each_is_found(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: i}], volumes: [{name: a, gitRepo: {repository: r, directory: d}}, {name: b, quobyte: {registry: \"a:1\", volume: q}}, {name: c, glusterfs: {endpoints: e, path: g}}, {name: d, flocker: {datasetName: k}}, {name: e, vsphereVolume: {volumePath: v}}, {name: f, photonPersistentDisk: {pdID: p}}, {name: g, portworxVolume: {volumeID: w}}, {name: h, scaleIO: {gateway: g, system: s, secretRef: {name: k}, volumeName: v}}, {name: i, storageos: {volumeName: o}}]}}",
        &[
            ("repository: r, ", "", "repository` of Pod \"p\" is missing"),
            ("directory: d", "directory: ../d", "goes up"),
            ("registry: \"a:1\"", "registry: a", "is not a list of HOST:PORT"),
            ("registry: \"a:1\", ", "", "registry` of Pod \"p\" is missing"),
            ("endpoints: e, ", "", "endpoints` of Pod \"p\" is missing"),
            ("datasetName: k", "datasetName: k/m", "has a `/`"),
            ("datasetName: k", "datasetName: k, datasetUUID: m", "stands beside `datasetName`"),
            ("{datasetName: k}", "{}", "add `datasetName:` or `datasetUUID:`"),
            ("{volumePath: v}", "{}", "volumePath` of Pod \"p\" is missing"),
            ("{pdID: p}", "{}", "pdID` of Pod \"p\" is missing"),
            ("{volumeID: w}", "{}", "volumeID` of Pod \"p\" is missing"),
            ("gateway: g, ", "", "gateway` of Pod \"p\" is missing"),
            ("{volumeName: o}", "{}", "volumeName` of Pod \"p\" is missing"),
            ("{volumeName: o}", "{volumeName: O}", "upper-case"),
        ],
    );
}
