//! README's example: the binary copied into somebody else's image from scratch,
//! as the probe of a server that has no shell and no curl.

use crate::container::wait_until;
use crate::engine::{engine, path, printed};
use std::fs;
use std::process::Command;

/// The lines of README's example.
fn example() -> String {
    let readme = fs::read_to_string(path("README.md")).expect("README.md");
    let lines = readme.lines().map(str::trim_start);
    let lines = lines.skip_while(|line| !line.starts_with("FROM somebodys-server"));
    let lines = lines.take_while(|line| !line.is_empty());
    lines.map(|line| format!("{line}\n")).collect()
}

/// Builds an image of these files and this Containerfile.
fn build(name: &str, containerfile: &str, files: &[(&str, &str)]) {
    let context = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(&context).expect("a folder");
    for (from, to) in files {
        fs::copy(from, format!("{context}/{to}")).expect("a copy");
    }
    fs::write(format!("{context}/Containerfile"), containerfile).expect("a file");
    let file = format!("{context}/Containerfile");
    let mut command = Command::new(crate::engine::name());
    command.env("BUILDAH_FORMAT", "docker"); // podman: with HEALTHCHECK
    printed(command.args(["build", "--file", &file, "--tag", name, &context]));
}

#[test]
fn copied_into_another_image_it_probes_the_server_there() {
    let busybox = printed(Command::new("sh").args(["-c", "command -v busybox"]));
    let server = "FROM scratch\nCOPY busybox /busybox\nCOPY health /www/health\n\
        ENTRYPOINT [\"/busybox\", \"httpd\", \"-f\", \"-p\", \"8080\", \"-h\", \"/www\"]\n";
    let health = format!("{}/health", env!("CARGO_TARGET_TMPDIR"));
    fs::write(&health, "well\n").expect("a file");
    build(
        "somebodys-server",
        server,
        &[(&busybox, "busybox"), (&health, "health")],
    );
    let example = example();
    assert!(example.contains("COPY --from=acceptd"), "{example}");
    build("probed", &example, &[]);

    let options = ["run", "--detach", "--network=none", "probed"];
    let id = engine(&options);
    let probe = ["exec", &id, "/acceptd", "probe", "--port", "8080"];
    let asked = |target: &[&str]| {
        let output = crate::engine::try_engine(&[&probe, target].concat());
        output.status.code()
    };
    wait_until("the server answers", || {
        asked(&["--target", "/health"]) == Some(0)
    });
    assert_eq!(asked(&["--target", "/nothing"]), Some(1)); // 404
    let check = engine(&["inspect", "--format", "{{.Config.Healthcheck.Test}}", &id]);
    assert_eq!(check, "[CMD /acceptd probe --port 8080 --target /health]");
    engine(&["rm", "--force", &id]);
}
