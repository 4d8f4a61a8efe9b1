//! What wrk 4.1.0 printed, here and in the article.

use super::{Found, Load, milliseconds, parse};

const ARTICLE: &str = "\
Running 10s test @ http://127.0.0.1:9696
  2 threads and 10 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   370.22us    7.01ms 243.17ms   99.76%
    Req/Sec     2.56k     2.38k    6.24k    46.67%
  16059 requests in 10.08s, 0.89MB read
  Socket errors: connect 0, read 218, write 12, timeout 0
Requests/sec:   1593.65
Transfer/sec:     90.27KB
";

const WITH_LATENCY: &str = "\
Running 1s test @ http://127.0.0.1:18991/
  2 threads and 10 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.57ms    1.31ms   9.40ms   83.72%
    Req/Sec     3.10k   615.73     4.53k    85.00%
  Latency Distribution
     50%    1.13ms
     75%    1.81ms
     90%  933.00us
     99%    1.28s 
  6177 requests in 1.01s, 349.87KB read
  Non-2xx or 3xx responses: 41
Requests/sec:   6144.06
Transfer/sec:    348.00KB
";

const NOTHING_ANSWERED: &str = "\
Running 1s test @ http://127.0.0.1:9696/
  2 threads and 10 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     0.00us    0.00us   0.00us    -nan%
    Req/Sec     0.00      0.00     0.00      -nan%
  Latency Distribution
     50%    0.00us
     75%    0.00us
     90%    0.00us
     99%    0.00us
  0 requests in 1.10m, 0.00B read
  Socket errors: connect 3, read 0, write 0, timeout 8
Requests/sec:      0.00
Transfer/sec:       0.00B
";

#[test]
fn the_article() {
    let want = Found {
        requests: 16059,
        seconds: 10.08,
        rate: 1593.65,
        p50: None,
        p99: None,
        errors: [0, 218, 12, 0],
        refused: 0,
        stolen: 0.0,
    };
    assert_eq!(parse(ARTICLE).unwrap(), want);
    assert_eq!(want.failures(), 230);
}

#[test]
fn latency_and_answers_that_were_no_success() {
    let found = parse(WITH_LATENCY).unwrap();
    assert_eq!((found.p50, found.p99), (Some(1.13), Some(1280.0)));
    assert_eq!((found.refused, found.failures()), (41, 41));
}

#[test]
fn nothing_answered_is_no_latency_of_zero() {
    let found = parse(NOTHING_ANSWERED).unwrap();
    assert_eq!((found.requests, found.p50, found.p99), (0, None, None));
    assert_eq!(found.errors, [3, 0, 0, 8]);
    assert!((found.seconds - 66.0).abs() < 1e-9);
}

#[test]
fn what_is_no_report_is_refused() {
    for text in [
        "",
        "unable to connect to 127.0.0.1:1 Connection refused\n",
        &ARTICLE.replace("Requests/sec:", "Requests:"),
        &ARTICLE.replace("10.08s,", "soon,"),
        &ARTICLE.replace("read 218", "read many"),
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn times_have_units() {
    assert_eq!(milliseconds("500us").unwrap(), 0.5);
    assert_eq!(milliseconds("2.00h").unwrap(), 7_200_000.0);
    for text in ["", "5", "us", "5 ms", "5d"] {
        assert!(milliseconds(text).is_err(), "{text:?}");
    }
}

#[test]
fn one_client_is_one_thread() {
    let arguments = |clients, timeout| {
        let seconds = 3;
        Load {
            clients,
            seconds,
            timeout,
            keeps_alive: false,
        }
        .arguments()
        .join(" ")
    };
    let rest = "--latency -H Connection: close";
    assert_eq!(arguments(1, 2), format!("-t1 -c1 -d3s {rest}"));
    assert_eq!(
        arguments(128, 9),
        format!("-t2 -c128 -d3s {rest} --timeout=9s")
    );
}
