//! The trees that are packed: made up, yet valid Kubernetes, and the same bytes on every machine.
//!
//! `many` is a fleet's repository: thousands of small files; `some` is a part of it. `few` is what operators ship: custom resource definitions and
//! dashboards. `big` has the size at which memory would show. `dozen` is `examples/shop` as it lies in the repository.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::apps;
use crate::large;
use crate::random::Random;

/// The trees that can be named on the command line.
pub(crate) const NAMES: [&str; 5] = ["many", "some", "few", "dozen", "big"];

/// Where the tree lies: made below `folder`, or in the repository.
pub(crate) fn tree(name: &str, folder: &Path) -> io::Result<PathBuf> {
    let root = folder.join(name);
    match name {
        "many" => many(&root, 9000)?,
        "some" => many(&root, 1350)?,
        "few" => few(&root)?,
        "big" => big(&root)?,
        _ => return Ok(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop")),
    }
    Ok(root)
}

/// For 9,000 apps 20,000 files of 60 MB, for 1,350 3,000 files of 9 MB: 45 % Deployments, 25 % `ConfigMap`s, 15 % Services, 10 % `RoleBinding`s, 5 % others.
fn many(root: &Path, apps: usize) -> io::Result<()> {
    const TEAMS: usize = 60;
    for app in 0..apps {
        let random = &mut Random::for_file(1, app);
        let team = format!("team-{:02}", app % TEAMS);
        let name = format!("{}-{}-{app:04}", random.word(), random.word());
        let folder = root.join("teams").join(&team).join(format!("area-{}", app / TEAMS % 10));
        fs::create_dir_all(&folder)?;
        let app = apps::App { name: &name, namespace: &team, number: app };
        let write = |kind: &str, text: String| fs::write(folder.join(format!("{name}-{kind}.yaml")), text);

        write("deployment", apps::deployment(app, random))?;
        // Nine apps have twenty files among them.
        if app.number % 9 < 5 {
            write("config", apps::config_map(app, random))?;
        }
        if app.number.is_multiple_of(3) {
            write("service", apps::service(app, random))?;
        }
        if app.number % 9 < 2 {
            write("access", apps::role_binding(app, random))?;
        }
        if app.number % 9 == 8 {
            match app.number / 9 {
                team @ 0..TEAMS => {
                    fs::write(root.join(format!("teams/team-{team:02}/namespace.yaml")), apps::namespace(team))?;
                }
                _ => write("other", apps::other(app, random))?,
            }
        }
    }
    Ok(())
}

/// 95 files of 6 MB: 45 custom resource definitions and 50 dashboards, each in a `ConfigMap`.
fn few(root: &Path) -> io::Result<()> {
    fs::create_dir_all(root.join("crds"))?;
    fs::create_dir_all(root.join("dashboards"))?;
    for number in 0..45 {
        let text = large::custom_resource_definition(number, &mut Random::for_file(2, number));
        fs::write(root.join(format!("crds/crd-{number:02}.yaml")), text)?;
    }
    for number in 0..50 {
        let text = large::dashboard(number, &mut Random::for_file(3, number));
        fs::write(root.join(format!("dashboards/dashboard-{number:02}.yaml")), text)?;
    }
    Ok(())
}

/// 1 GiB: 1,448 `ConfigMap`s of 512 KiB and one file of 300 MiB that is no YAML and does not compress.
fn big(root: &Path) -> io::Result<()> {
    fs::create_dir_all(root.join("tables"))?;
    for number in 0..1448 {
        let text = large::table(number, 512 << 10, &mut Random::for_file(4, number));
        fs::write(root.join(format!("tables/table-{number:04}.yaml")), text)?;
    }
    let random = &mut Random::for_file(5, 0);
    let mut model = BufWriter::with_capacity(1 << 20, File::create(root.join("model.bin"))?);
    for _ in 0..(300 << 20) / 8 {
        model.write_all(&random.next().to_le_bytes())?;
    }
    model.flush()
}

/// How many files a tree holds, and how many bytes they have.
pub(crate) fn measure(tree: &Path) -> io::Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(tree)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            let below = measure(&entry.path())?;
            files += below.0;
            bytes += below.1;
        } else {
            files += 1;
            bytes += metadata.len();
        }
    }
    Ok((files, bytes))
}
