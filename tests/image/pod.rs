//! deploy/kubernetes.yaml as it stands: its pod, run by `podman kube play`.

use crate::container::{RESPONSE, exchange, wait_until};
use crate::engine::{engine, path};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// The pod, taken down at the end.
struct Pod {
    /// Its only container.
    id: String,
    place: SocketAddr,
}

impl Pod {
    fn play() -> Self {
        engine(&["kube", "play", &path("deploy/kubernetes.yaml")]);
        let id = engine(&["ps", "--quiet", "--filter", "name=acceptd-pod"]);
        let addresses = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        let address = engine(&["inspect", "--format", addresses, &id]);
        let place = format!("{address}:9696").parse().expect("one address");
        Self { id, place }
    }

    fn inspect(&self, fields: &str) -> String {
        engine(&["inspect", "--format", fields, &self.id])
    }

    /// A request: whether it was answered, `None` where nobody listens.
    fn is_answered(&self) -> Option<bool> {
        let stream = TcpStream::connect(self.place).ok()?;
        Some(exchange(stream).is_ok_and(|text| text == RESPONSE))
    }
}

impl Drop for Pod {
    fn drop(&mut self) {
        engine(&["kube", "down", &path("deploy/kubernetes.yaml")]);
    }
}

#[test]
fn the_pod_is_hardened_and_goes_on_accepting_for_the_stop_delay() {
    let pod = Pod::play();
    wait_until("the pod answers", || pod.is_answered() == Some(true));
    let fields = "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.SecurityOpt}} \
        {{.HostConfig.Memory}} {{.EffectiveCaps}} {{.Config.User}}";
    let expected = "true [no-new-privileges] 67108864 [] 65534:65534";
    assert_eq!(pod.inspect(fields), expected);

    let start = Instant::now();
    let accepted_for = thread::scope(|scope| {
        let stop = scope.spawn(|| engine(&["stop", &pod.id]));
        // What connects before or after SIGTERM, until nobody listens.
        while let Some(answered) = pod.is_answered() {
            assert!(answered, "after {:?}", start.elapsed());
        }
        stop.join().expect("podman stop");
        start.elapsed()
    });
    assert!(accepted_for >= Duration::from_secs(3), "{accepted_for:?}");
    assert_eq!(pod.inspect("{{.State.ExitCode}}"), "0");
}
