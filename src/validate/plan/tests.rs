use super::*;

fn plan(names: &[&str], sync_dirs: &[&str]) -> Result<Plan, Error> {
    let options = Options { sync_dirs: sync_dirs.iter().map(ToString::to_string).collect(), ..Options::default() };
    Plan::new(names.iter().copied(), &options)
}

fn told(plan: &Plan) -> Vec<(&str, &str)> {
    plan.findings.iter().map(|f| (f.rule.id, &*f.place.path)).collect()
}

#[test]
fn a_file_has_the_role_its_name_and_its_neighbours_give_it() {
    let names = [
        ".github/workflows/ci.yaml",
        ".gitlab-ci.yml",
        "README.md",
        "app/Kustomization",
        "app/base/a.yaml",
        "apple/a.yaml",
        "chart/Chart.yaml",
        "chart/templates/a.yaml",
        "chart/values.yaml",
        "a.json",
        "b.yml",
    ];
    let plan = plan(&names, &[]).unwrap();
    for (name, role) in names.into_iter().zip([
        Role::Unchecked(Reason::Ci),
        Role::Unchecked(Reason::Ci),
        Role::Unchecked(Reason::NotYaml),
        Role::SyntaxOnly,
        Role::SyntaxOnly,
        Role::Objects,
        Role::Unchecked(Reason::Chart),
        Role::Unchecked(Reason::Chart),
        Role::Unchecked(Reason::Chart),
        Role::Objects,
        Role::Objects,
    ]) {
        assert_eq!(plan.role(name), role, "{name}");
        assert_eq!(role.reads_yaml(), matches!(role, Role::Objects | Role::SyntaxOnly));
    }
    assert_eq!((plan.files, plan.unchecked), (11, 7));
    assert_eq!(told(&plan), [("bundle/ci-file", ".github"), ("bundle/ci-file", ".gitlab-ci.yml")]);
}

#[test]
fn a_kustomization_at_the_root_is_above_everything() {
    let plan = plan(&["a/b/c.yaml", "kustomization.yml"], &[]).unwrap();
    assert_eq!(plan.role("a/b/c.yaml"), Role::SyntaxOnly);
    assert!(plan.sync_dirs[0].rendered);
}

#[test]
fn a_chart_that_a_kustomization_may_inflate_is_not_told_of_nor_one_inside_another() {
    let inside = plan(&["charts/x/Chart.yaml", "kustomization.yaml"], &[]).unwrap();
    assert!(told(&inside).is_empty());
    let nested = plan(&["c/Chart.yaml", "c/charts/d/Chart.yaml", "c/charts/d/values.yaml"], &[]).unwrap();
    assert_eq!(told(&nested), [("bundle/helm-chart", "c/Chart.yaml")]);
}

#[test]
fn beside_a_kustomization_a_chart_is_told_of_unless_it_is_inflated() {
    let plan = plan(&["app/kustomization.yaml", "charts/x/Chart.yaml", "charts/y/Chart.yaml"], &[]).unwrap();
    assert!(told(&plan).is_empty());
    let charts: Vec<Finding> = plan.charts(|folder| folder == "charts/x").collect();
    assert_eq!(charts.iter().map(|finding| &*finding.place.path).collect::<Vec<_>>(), ["charts/y/Chart.yaml"]);
}

#[test]
fn a_chart_that_nobody_syncs_is_not_told_of() {
    let names = ["charts/x/Chart.yaml", "charts/x/templates/a.yaml", "envs/prod/a.yaml"];
    for (dir, is_told) in [("", true), ("charts", true), ("charts/x/templates", true), ("envs/prod", false)] {
        assert_eq!(told(&plan(&names, &[dir]).unwrap()).len(), usize::from(is_told), "{dir}");
    }
}

#[test]
fn a_chart_is_refused_unless_argo_cd_alone_reads_the_bundle() {
    for (consumers, severity) in [
        (vec![], Severity::Error),
        (vec![Consumer::ConfigSync], Severity::Error),
        (vec![Consumer::ArgoCd], Severity::Warning),
        (vec![Consumer::ArgoCd, Consumer::Flux], Severity::Error),
    ] {
        let options = Options { consumers, ..Options::default() };
        let plan = Plan::new(["c/Chart.yaml"].into_iter(), &options).unwrap();
        assert_eq!(plan.findings[0].severity, severity, "{:?}", options.consumers);
    }
}

#[test]
fn kustomizations_of_charts_and_of_a_ci_are_not_rendered() {
    let names = [".github/kustomization.yaml", "a/kustomization.yaml", "c/Chart.yaml", "c/x/kustomization.yaml"];
    assert_eq!(plan(&names, &[]).unwrap().kustomized(), ["a"]);
}

#[test]
fn names_that_only_look_like_yaml_are_told() {
    for (name, is) in [
        ("a.YAML", true),
        ("a.Yml", true),
        ("a.yml.txt", true),
        ("a.yaml.bak", true),
        ("A.JSON.orig", true),
        ("a.yalm", true),
        ("a.txt", false),
        ("a.yaml.tpl", false),
        ("yaml", false),
        ("notes.bak", false),
        ("a.yaml", false),
    ] {
        assert_eq!(!told(&plan(&[name], &[]).unwrap()).is_empty(), is, "{name}");
    }
}

#[test]
fn a_folder_to_sync_may_be_written_in_many_ways() {
    for (given, path) in [(".", ""), ("", ""), ("./envs/prod/", "envs/prod"), ("/envs//prod", "envs/prod")] {
        let plan = plan(&["envs/prod/a.yaml"], &[given, given]).unwrap();
        assert_eq!(plan.sync_dirs.len(), 1);
        assert_eq!(plan.sync_dirs[0].path, path);
    }
}

#[test]
fn a_folder_to_sync_counts_as_rendered_when_a_kustomization_is_in_it() {
    let names = ["a/b/c/x.yaml", "a/b/kustomization.yaml", "a/d/x.yaml"];
    for (dir, rendered) in [("a", true), ("a/b", true), ("a/b/c", false), ("a/d", false)] {
        assert_eq!(plan(&names, &[dir]).unwrap().sync_dirs[0].rendered, rendered, "{dir}");
    }
}

#[test]
fn what_a_file_is_depends_on_the_folder_that_is_synced() {
    let names = ["app/extra/x.yaml", "app/kustomization.yaml", "app/y.yaml", "common/z.yaml", "other/w.yaml"];
    for (dirs, objects) in [
        (&[""][..], &["common/z.yaml", "other/w.yaml"][..]),
        (&["app"], &[]),
        (&["app/extra"], &["app/extra/x.yaml"]),
        (&["app", "app/extra"], &["app/extra/x.yaml"]),
        (&["app", "other"], &["other/w.yaml"]),
        (&["common"], &["common/z.yaml"]),
    ] {
        let plan = plan(&names, dirs).unwrap();
        let judged: Vec<&str> = names.into_iter().filter(|name| plan.role(name) == Role::Objects).collect();
        assert_eq!(judged, objects, "{dirs:?}");
        let is_outside = |name: &&str| !dirs.iter().any(|dir| within(name, dir));
        let unread = names.into_iter().filter(|name| plan.role(name) == Role::Unread);
        assert!(unread.eq(names.into_iter().filter(is_outside)), "{dirs:?}");
    }
}
