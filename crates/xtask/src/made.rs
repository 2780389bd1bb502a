//! A folder that is made after a recipe file, and made anew only when the recipe changes.

use crate::failure::{Done, Failure};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Inside the folder: a copy of the recipe that it was made after, written last.
const MARK: &str = ".made-after";

/// A folder and its recipe.
#[derive(Debug)]
pub(crate) struct Made<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) recipe: &'a Path,
}

impl Made<'_> {
    /// Calls `make`, which creates the folder and fills it, unless it was made after this very recipe.
    ///
    /// # Errors
    /// Those of `make`; the folder then counts as not made.
    pub(crate) fn ensure(&self, make: impl FnOnce() -> Done) -> Done {
        let recipe = fs::read(self.recipe).map_err(|error| failure(self.recipe, &error))?;
        let mark = self.folder.join(MARK);
        if fs::read(&mark).is_ok_and(|made_after| made_after == recipe) {
            return Ok(());
        }
        remove(self.folder)?;
        make()?;
        fs::write(&mark, recipe).map_err(|error| failure(&mark, &error))
    }
}

/// Removes a folder with all that is in it, if there is one.
pub(crate) fn remove(folder: &Path) -> Done {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failure(folder, &error)),
        _ => Ok(()),
    }
}

/// Moves a folder that was made beside its place.
pub(crate) fn rename(from: &Path, to: &Path) -> Done {
    fs::rename(from, to).map_err(|error| failure(from, &error))
}

fn failure(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_once_and_anew_when_the_recipe_changes_or_making_failed() -> std::io::Result<()> {
        let scratch = std::env::temp_dir().join(format!("xtask-made-{}", std::process::id()));
        let (folder, recipe) = (scratch.join("folder"), scratch.join("recipe"));
        fs::create_dir_all(&scratch)?;
        let calls = std::cell::Cell::new(0);
        let ensure = |result: Done| {
            Made {
                folder: &folder,
                recipe: &recipe,
            }
            .ensure(|| {
                calls.set(calls.get() + 1);
                fs::create_dir(&folder).map_err(|error| failure(&folder, &error))?;
                result
            })
        };
        assert!(ensure(Ok(())).is_err(), "no recipe");
        fs::write(&recipe, "one")?;
        assert!(ensure(Err(Failure::new("no network"))).is_err());
        assert_eq!(
            (ensure(Ok(())), ensure(Ok(())), calls.get()),
            (Ok(()), Ok(()), 2)
        );
        fs::write(&recipe, "two")?;
        assert_eq!(
            (ensure(Ok(())), ensure(Ok(())), calls.get()),
            (Ok(()), Ok(()), 3)
        );
        fs::remove_dir_all(&scratch)
    }
}
