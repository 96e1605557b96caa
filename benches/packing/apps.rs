//! The text of the objects of made-up applications, about as repetitive as what teams write by hand and with templates.

use crate::random::Random;

/// What the objects of one application have in common.
#[derive(Clone, Copy)]
pub(crate) struct App<'a> {
    /// Unique among all applications, and the name of its objects.
    pub(crate) name: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) number: usize,
}

impl App<'_> {
    /// Everything above `spec`.
    fn head(self, api_version: &str, kind: &str, random: &mut Random) -> String {
        let Self { name, namespace, .. } = self;
        let revision = random.hex(32);
        format!(
            "apiVersion: {api_version}
kind: {kind}
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: {namespace}
    app.kubernetes.io/managed-by: delivery
  annotations:
    example.com/owner: {namespace}@example.com
    example.com/revision: git-{revision}
"
        )
    }
}

pub(crate) fn namespace(team: usize) -> String {
    format!(
        "apiVersion: v1
kind: Namespace
metadata:
  name: team-{team:02}
  labels:
    example.com/team: team-{team:02}
    pod-security.kubernetes.io/enforce: restricted
"
    )
}

pub(crate) fn deployment(app: App<'_>, random: &mut Random) -> String {
    let App { name, namespace, .. } = app;
    let replicas = random.between(1, 6);
    let mut text = app.head("apps/v1", "Deployment", random);
    text += &format!(
        "spec:
  replicas: {replicas}
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 25%
      maxUnavailable: 0
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
        app.kubernetes.io/part-of: {namespace}
      annotations:
        example.com/config-checksum: sha256-{checksum}
    spec:
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: {grace}
      securityContext:
        runAsNonRoot: true
        runAsUser: {user}
        fsGroup: {user}
        seccompProfile:
          type: RuntimeDefault
      containers:
",
        checksum = random.hex(64),
        grace = random.between(2, 12) * 5,
        user = random.between(10000, 10100),
    );
    for position in 0..random.between(1, 3) {
        text += &container(app, position, random);
    }
    text += "      volumes:
        - name: tmp
          emptyDir: {}
";
    text
}

fn container(app: App<'_>, position: u64, random: &mut Random) -> String {
    let App { name, namespace, .. } = app;
    let port = 8080 + position;
    let mut text = format!(
        "        - name: {role}-{position}
          image: registry.example.com/{namespace}/{name}@sha256:{digest}
          imagePullPolicy: IfNotPresent
          args:
            - --listen=:{port}
            - --log-level={level}
          env:
",
        role = random.pick(&["server", "sidecar", "worker", "proxy"]),
        digest = random.hex(64),
        level = random.pick(&["debug", "info", "warn"]),
    );
    for variable in 0..random.between(5, 10) {
        let (subject, object) = (random.word(), random.word());
        text += &format!(
            "            - name: {}_{}_{variable}\n              value: {}\n",
            subject.to_uppercase(),
            object.to_uppercase(),
            match variable % 4 {
                0 => format!("http://{subject}-{object}.{namespace}.svc:{port}/api/v1"),
                1 => format!("\"{}\"", random.between(1, 60_000)),
                2 => random.pick(&["enabled", "disabled", "\"true\"", "\"false\""]).to_owned(),
                _ => format!("key-{}", random.hex(64)),
            }
        );
    }
    text += &format!(
        "          ports:
            - name: http-{position}
              containerPort: {port}
              protocol: TCP
          readinessProbe:
            httpGet:
              path: /healthz/ready
              port: {port}
            periodSeconds: 10
            failureThreshold: 3
          livenessProbe:
            httpGet:
              path: /healthz/live
              port: {port}
            initialDelaySeconds: {delay}
            periodSeconds: 20
          resources:
            requests:
              cpu: {cpu}m
              memory: {memory}Mi
            limits:
              memory: {limit}Mi
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop:
                - ALL
          volumeMounts:
            - name: tmp
              mountPath: /tmp
",
        delay = random.between(5, 60),
        cpu = random.between(1, 40) * 25,
        memory = random.between(1, 16) * 64,
        limit = random.between(16, 32) * 64,
    );
    text
}

pub(crate) fn config_map(app: App<'_>, random: &mut Random) -> String {
    let mut text = app.head("v1", "ConfigMap", random);
    text += "data:\n  application.properties: |\n";
    for _ in 0..random.between(6, 16) {
        let (subject, object) = (random.word(), random.word());
        let value = match random.between(0, 4) {
            0 => random.between(1, 100_000).to_string(),
            1 => format!("https://{subject}.example.com/{object}/v{}", random.between(1, 4)),
            2 => random.hex(64),
            _ => random.pick(&["true", "false", "strict", "lenient", "10s", "500ms"]).to_owned(),
        };
        text += &format!("    # {}\n    {subject}.{object}.{} = {value}\n", random.sentence(7), random.word());
    }
    text += "  trusted-keys.txt: |\n";
    for _ in 0..random.between(18, 30) {
        text += &format!("    sha256 {} {}\n", random.hex(64), random.word());
    }
    text += "  routes.json: |\n    [\n";
    for position in 0..random.between(8, 16) {
        let comma = if position == 0 { "" } else { ",\n" };
        text += &format!(
            "{comma}      {{\"path\": \"/{}/{}\", \"service\": \"{}\", \"timeout\": {}}}",
            random.word(),
            random.word(),
            random.word(),
            random.between(1, 30)
        );
    }
    text += "\n    ]\n";
    text
}

pub(crate) fn service(app: App<'_>, random: &mut Random) -> String {
    let name = app.name;
    let mut text = app.head("v1", "Service", random);
    text += &format!(
        "spec:
  type: ClusterIP
  selector:
    app.kubernetes.io/name: {name}
  ports:
    - name: http
      port: {}
      targetPort: http-0
      protocol: TCP
",
        random.between(80, 9000)
    );
    text
}

pub(crate) fn role_binding(app: App<'_>, random: &mut Random) -> String {
    let namespace = app.namespace;
    let mut text = app.head("rbac.authorization.k8s.io/v1", "RoleBinding", random);
    text += &format!(
        "roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {}
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: {namespace}-{}@example.com
",
        random.pick(&["view", "edit", "admin"]),
        random.word()
    );
    text
}

/// One of the kinds that a repository has few of.
pub(crate) fn other(app: App<'_>, random: &mut Random) -> String {
    let name = app.name;
    let selector = format!("matchLabels:\n      app.kubernetes.io/name: {name}");
    match random.between(0, 4) {
        0 => app.head("v1", "ServiceAccount", random),
        1 => {
            app.head("policy/v1", "PodDisruptionBudget", random)
                + &format!("spec:\n  minAvailable: 1\n  selector:\n    {selector}\n")
        }
        2 => {
            app.head("networking.k8s.io/v1", "NetworkPolicy", random)
                + &format!("spec:\n  podSelector:\n    {selector}\n  policyTypes:\n    - Ingress\n")
        }
        _ => {
            app.head("autoscaling/v2", "HorizontalPodAutoscaler", random)
                + &format!(
                    "spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {name}
  minReplicas: 2
  maxReplicas: {}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {}
",
                    random.between(3, 20),
                    random.between(50, 90)
                )
        }
    }
}
