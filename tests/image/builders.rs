//! Docker's two builders make the same image of Containerfile.

use crate::engine::{engine, inspect_image, path, printed};
use std::process::Command;

#[test]
fn the_classic_builder_and_buildkit_make_the_same_image() {
    let fields = "{{json .Config.Cmd}} {{json .Config.Healthcheck}} {{json .Config.User}} \
        {{json .Config.ExposedPorts}} {{json .Config.Entrypoint}} {{.Size}}";
    for (buildkit, name) in [("0", "by-classic"), ("1", "by-buildkit")] {
        let mut docker = Command::new("docker");
        docker.env("DOCKER_BUILDKIT", buildkit);
        docker.args(["build", "--no-cache", "--file", &path("Containerfile")]);
        printed(docker.args(["--tag", name, &path("target/image")]));
        let built = engine(&["image", "inspect", "--format", fields, name]);
        assert_eq!(built, inspect_image(fields), "{name}");
        let version = engine(&["run", "--rm", "--network=none", name, "--version"]);
        assert_eq!(version, format!("acceptd {}", env!("CARGO_PKG_VERSION")));
    }
}
