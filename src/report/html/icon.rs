use maud::{Markup, html as markup};

/// What a verdict is shown by, drawn in the page: a font need not have it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Icon {
    Holds,
    Violated,
    Undecided,
    Warning,
    Note,
    Suppressed,
}

/// An icon as large as the text, in its colour; the words beside it say the same.
pub(super) fn icon(icon: Icon) -> Markup {
    let path = match icon {
        Icon::Holds => "M3 8.5l3.2 3.2L13 4.8",
        Icon::Violated => "M4 4l8 8M12 4l-8 8",
        Icon::Undecided => "M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.7 8 9.1 8 10M8 12.6v.2",
        Icon::Warning => "M8 3L2.5 13h11zM8 6.6v3M8 11.2v.2",
        Icon::Note => "M8 7.4v4.4M8 4.4v.2",
        Icon::Suppressed => "M3.5 12.5l9-9M5 11V7.5a3 3 0 0 1 5-2.2M11 7.5V11M4 11h8M7 13.2h2",
    };
    markup! {
        svg class="icon" viewBox="0 0 16 16" aria-hidden="true" { path d=(path) {} }
    }
}
