//! What a browser makes of a picture, in light and in dark.

use crate::drawn::Drawn;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a reader's browser prefers.
#[derive(Debug, Clone, Copy)]
pub enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    /// Chromium's number for it.
    fn number(self) -> u8 {
        match self {
            Self::Light => 1,
            Self::Dark => 0,
        }
    }

    /// The picture's background in it.
    fn background(self) -> [u8; 3] {
        match self {
            Self::Light => [255, 255, 255],
            Self::Dark => [13, 17, 23],
        }
    }
}

/// Red, green and blue of each pixel.
struct Screenshot {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
}

/// Looks at pictures as a page shows them: each has its size, none is blank,
/// and nothing is cut off at its edges.
pub fn looked_at(scheme: Scheme, pictures: &[PathBuf]) {
    let drawn: Vec<Drawn> = pictures
        .iter()
        .map(|picture| Drawn::read(picture))
        .collect();
    let height: f64 = drawn.iter().map(|drawn| drawn.height).sum();
    let width = drawn[0].width;
    let shot = Screenshot::of(scheme, pictures, width, height);
    assert_eq!((shot.width as f64, shot.height as f64), (width, height));
    let mut rest = shot.pixels.as_slice();
    for (picture, drawn) in pictures.iter().zip(drawn) {
        let (pixels, others) = rest.split_at(shot.width * drawn.height as usize);
        let name = format!("{} in {scheme:?}", picture.display());
        seen(&name, pixels, shot.width, scheme.background());
        rest = others;
    }
}

fn seen(name: &str, pixels: &[[u8; 3]], width: usize, background: [u8; 3]) {
    let on = pixels.iter().filter(|pixel| **pixel != background).count();
    let share = on as f64 / pixels.len() as f64;
    assert!((0.02..0.7).contains(&share), "{name}: {share} is drawn on");
    let mut colours = pixels.to_vec();
    colours.sort_unstable();
    colours.dedup();
    assert!(colours.len() > 50, "{name}: {} colours", colours.len());
    let height = pixels.len() / width;
    for (index, pixel) in pixels.iter().enumerate() {
        let (x, y) = (index % width, index / width);
        let at_edge = x < 3 || y < 3 || x + 3 >= width || y + 3 >= height;
        assert!(
            !at_edge || *pixel == background,
            "{name}: cut off at {x}, {y}"
        );
    }
}

impl Screenshot {
    fn of(scheme: Scheme, pictures: &[PathBuf], width: f64, height: f64) -> Self {
        let room = tempfile::tempdir().expect("a directory");
        let path = |name: &str| room.path().join(name);
        let mut page = "<!doctype html><style>body{margin:0}img{display:block}</style>".to_string();
        for picture in pictures {
            let picture = picture.canonicalize().expect("a path");
            page += &format!("<img src=\"file://{}\">", picture.display());
        }
        std::fs::write(path("page.html"), page).expect("written");
        let output = Command::new("chromium")
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
            ])
            .args([
                "--no-first-run",
                "--disable-background-networking",
                "--hide-scrollbars",
            ])
            .args(["--disable-component-update", "--disable-sync"])
            .arg(format!("--user-data-dir={}", path("profile").display()))
            .arg(format!(
                "--blink-settings=preferredColorScheme={}",
                scheme.number()
            ))
            .arg(format!("--window-size={width},{height}"))
            .arg(format!("--screenshot={}", path("screenshot.png").display()))
            .arg(format!("file://{}", path("page.html").display()))
            .output()
            .expect("chromium runs");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && path("screenshot.png").exists(),
            "chromium: {words}"
        );
        Self::decode(&path("screenshot.png"))
    }

    fn decode(file: &Path) -> Self {
        let mut decoder = png::Decoder::new(BufReader::new(File::open(file).expect("a file")));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().expect("PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut bytes).expect("PNG");
        let samples = info.color_type.samples();
        assert!(samples >= 3, "no colours: {:?}", info.color_type);
        let pixels = bytes[..info.buffer_size()].chunks(samples);
        Self {
            width: info.width as usize,
            height: info.height as usize,
            pixels: pixels.map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
        }
    }
}
