//! Security contexts for Linux and Windows, each sound and spoilt.

use crate::validate::kubernetes::tests::each_is_found;

#[test]
#[rustfmt::skip]
fn linux() {
    each_is_found(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {securityContext: {runAsUser: 1, supplementalGroups: [5], fsGroupChangePolicy: Always, supplementalGroupsPolicy: Merge, seLinuxChangePolicy: Recursive, sysctls: [{name: net.a, value: b}, {name: kernel.shmmax, value: \"1\"}], seccompProfile: {type: Localhost, localhostProfile: a/b}, appArmorProfile: {type: RuntimeDefault}}, containers: [{name: a, image: i, securityContext: {allowPrivilegeEscalation: false, procMount: Default}}]}}",
        &[
            ("runAsUser: 1", "runAsUser: -1", "is -1, not a number from 0"),
            ("runAsUser: 1", "fsGroup: 3000000000", "not a number from 0"),
            ("[5]", "[-5]", "supplementalGroups[0]` of Pod \"p\" is -5"),
            ("fsGroupChangePolicy: Always", "fsGroupChangePolicy: \"\"", "is empty"),
            ("supplementalGroupsPolicy: Merge", "supplementalGroupsPolicy: \"\"", "is not supported"),
            ("seLinuxChangePolicy: Recursive", "seLinuxChangePolicy: recursive", "did you mean `Recursive`?"),
            ("name: net.a, ", "", "sysctls[0].name` of Pod \"p\" is missing"),
            ("name: net.a", "name: net.A", "no name of a kernel setting"),
            ("name: net.a", "name: kernel.shmmax", "once more"),
            ("containers:", "hostNetwork: true, containers:", "`hostNetwork` is true"),
            ("containers:", "hostIPC: true, containers:", "`hostIPC` is true"),
            ("type: Localhost, localhostProfile: a/b", "localhostProfile: a/b", "seccompProfile.type` of Pod \"p\" is missing"),
            (", localhostProfile: a/b", "", "with `type: Localhost` add"),
            ("localhostProfile: a/b", "localhostProfile: /a", "begins with a `/`"),
            ("type: RuntimeDefault", "type: RuntimeDefault, localhostProfile: a", "goes only with `type: Localhost`"),
            ("type: RuntimeDefault", "type: Localhost, localhostProfile: \" a\"", "has a space at its start or end"),
            ("false, procMount", "false, privileged: true, procMount", "does not go with `privileged: true`"),
            ("false, procMount", "false, capabilities: {add: [CAP_SYS_ADMIN]}, procMount", "does not go with `CAP_SYS_ADMIN`"),
            ("procMount: Default", "procMount: \"\"", "is empty"),
            ("procMount: Default", "procMount: Unmasked", "needs `hostUsers: false`"),
            ("runAsUser: 1", "windowsOptions: {gmsaCredentialSpecName: \"\"}", "is empty"),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn windows() {
    each_is_found(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {os: {name: windows}, hostNetwork: true, securityContext: {windowsOptions: {hostProcess: true, gmsaCredentialSpecName: a, gmsaCredentialSpec: b, runAsUserName: \"NT AUTHORITY\\\\SYSTEM\"}}, containers: [{name: a, image: i, securityContext: {runAsNonRoot: true}}, {name: b, image: i}]}}",
        &[
            ("gmsaCredentialSpecName: a", "gmsaCredentialSpecName: A", "upper-case"),
            ("gmsaCredentialSpec: b", "gmsaCredentialSpec: \"\"", "is empty"),
            ("SYSTEM", "", "names no user"),
            ("SYSTEM", "a@b", "has a character that no user has"),
            ("SYSTEM", "..", "nothing but dots"),
            ("NT AUTHORITY", "a:b", "neither NetBIOS nor DNS"),
            ("hostNetwork: true, ", "", "add `hostNetwork: true`"),
            ("runAsNonRoot: true", "windowsOptions: {hostProcess: false}", "is not what the pod's own securityContext says"),
            ("runAsNonRoot: true", "windowsOptions: {hostProcess: false}", "beside others that are not"),
            ("hostNetwork: true", "hostNetwork: true, hostPID: true", "must not be there in a Windows pod"),
            ("hostNetwork: true", "hostNetwork: true, hostUsers: true", "must not be there in a Windows pod"),
            ("hostNetwork: true", "hostNetwork: true, resources: {limits: {cpu: 1}}", "must not be there in a Windows pod"),
            ("{windowsOptions", "{runAsUser: 1, windowsOptions", "`spec.securityContext.runAsUser` of Pod \"p\" must not be there"),
            ("{windowsOptions", "{sysctls: [{name: a, value: b}], windowsOptions", "`spec.securityContext.sysctls` of Pod \"p\" must not be there"),
            ("runAsNonRoot: true", "privileged: true", "`spec.containers[0].securityContext.privileged` of Pod \"p\" must not be there"),
            ("name: windows", "name: linux", "must not be there in a Linux pod"),
        ],
    );
}
