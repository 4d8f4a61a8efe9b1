//! Colours: those that plotters writes stand for a role, and a style sheet in
//! the file gives each role its colour, on a light page and on a dark one.

use plotters::prelude::*;

/// Text, and the range of the rounds.
pub const INK: RGBColor = RGBColor(17, 17, 17);
/// Axes and grid.
pub const FAINT: RGBColor = RGBColor(204, 204, 204);
/// acceptd: the blue of Okabe and Ito's palette, which the colour-blind see.
pub const ACCEPTD: RGBColor = RGBColor(0, 114, 178);
/// All others. Names stand beside the bars: no colour has to be known.
pub const OTHERS: RGBColor = RGBColor(153, 153, 153);

/// The same four, and the page, on a dark page.
const DARK: [(&str, &str); 5] = [
    ("#111111", "#E6EDF3"),
    ("#CCCCCC", "#444C56"),
    ("#0072B2", "#56B4E9"),
    ("#999999", "#848D97"),
    ("#FFFFFF", "#0D1117"),
];

/// Text of that size, in pixels.
pub fn text(size: i32, colour: RGBColor) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&colour)
}

/// `svg` on a page of its own colour, and with the style sheet.
pub fn apply(svg: &str) -> String {
    let mut style = String::from("<style>@media (prefers-color-scheme: dark) {");
    for (light, dark) in DARK {
        style += &format!(
            "[fill=\"{light}\"] {{ fill: {dark} }} [stroke=\"{light}\"] {{ stroke: {dark} }} "
        );
    }
    style += "}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>";
    let Some((head, rest)) = svg.split_once(">\n") else {
        return svg.to_string();
    };
    format!("{head}>\n{style}\n{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_colour_on_dark_pages() {
        for RGBColor(r, g, b) in [INK, FAINT, ACCEPTD, OTHERS] {
            let name = format!("#{r:02X}{g:02X}{b:02X}");
            assert!(DARK.iter().any(|(light, _)| *light == name), "{name}");
        }
        let themed = apply("<svg>\n<text fill=\"#111111\"/></svg>");
        assert!(themed.starts_with("<svg>\n<style>"), "{themed}");
        assert!(
            themed.contains("[fill=\"#111111\"] { fill: #E6EDF3 }"),
            "{themed}"
        );
    }
}
