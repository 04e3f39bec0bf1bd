//! Where the keys of encrypted fields are: in a file that nobody else can read, or in the settings.
//!
//! The file is read whenever a key is needed, which is rarely, so that every process that uses it knows
//! another key as soon as it is there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::auth::{KeyError, KeyId, Keyring, NEW_KEY};

/// What others may do with the file: nothing.
const MODE: u32 = 0o600;
const FOR_OTHERS: u32 = 0o077;
/// Adding a key takes milliseconds.
const LONGEST_CHANGE: Duration = Duration::from_secs(60);

/// Where keys are.
#[derive(Debug, Clone)]
pub enum FieldKeys {
    /// In this file, which is made when the first key is needed.
    File(PathBuf),
    /// In the settings.
    Given(Keyring),
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum FieldKeysError {
    /// The file can't be read or written.
    #[error("the keys in {}: {error}", path.display())]
    File {
        /// It.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Others can read the file.
    #[error("the keys in {}: others can read them; run `chmod 600` on the file", .0.display())]
    Open(PathBuf),
    /// What it holds are no keys.
    #[error("the keys in {}: {error}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: KeyError,
    },
    /// The settings' keys are changed there.
    #[error(
        "the keys are in the settings: put another one before them, there and in every process"
    )]
    Given,
}

impl FieldKeys {
    /// The keys; a first one is made of `random` where there is no file yet.
    ///
    /// # Errors
    /// [`FieldKeysError`].
    pub fn read(&self, random: [u8; NEW_KEY]) -> Result<Keyring, FieldKeysError> {
        let path = match self {
            Self::Given(keys) => return Ok(keys.clone()),
            Self::File(path) => path,
        };
        let told = |error| FieldKeysError::File { path: path.clone(), error };
        match fs::metadata(path) {
            Ok(found) if found.permissions().mode() & FOR_OTHERS != 0 => {
                return Err(FieldKeysError::Open(path.clone()));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(path, &Keyring::with(None, random)).map_err(told)?;
            }
            Err(error) => return Err(told(error)),
        }
        let text = fs::read_to_string(path).map_err(told)?;
        Keyring::parse(&text).map_err(|error| FieldKeysError::Content { path: path.clone(), error })
    }

    /// Puts a new key, made of `random`, before the others; tells its name.
    ///
    /// # Errors
    /// [`FieldKeysError`]; [`FieldKeysError::Given`] where the settings hold the keys.
    pub fn add(&self, random: [u8; NEW_KEY]) -> Result<KeyId, FieldKeysError> {
        let Self::File(path) = self else { return Err(FieldKeysError::Given) };
        let told = |error| FieldKeysError::File { path: path.clone(), error };
        // Whoever makes this file is the only one who adds a key meanwhile.
        let next = beside(path, "next");
        let mut file =
            claim(&next).map_err(|error| FieldKeysError::File { path: next.clone(), error })?;
        let added = self.read(random).and_then(|keys| {
            let keys = Keyring::with(Some(&keys), random);
            write(&mut file, &keys)
                .and_then(|()| fs::rename(&next, path))
                .and_then(|()| sync_folder(path))
                .map_err(told)
        });
        if added.is_err() {
            // The first error is the one to tell.
            let _ = fs::remove_file(&next);
        }
        added.map(|()| KeyId([random[0], random[1], random[2], random[3]]))
    }
}

/// Makes the file with all its content at once; whoever else does so at the same time is as good.
fn make(path: &Path, keys: &Keyring) -> io::Result<()> {
    let own = beside(path, &format!("{}", std::process::id()));
    let mut file = create(&own)?;
    let made = write(&mut file, keys)
        .and_then(|()| fs::hard_link(&own, path))
        .and_then(|()| sync_folder(path));
    fs::remove_file(&own)?;
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)
}

/// Makes the file; one that somebody was killed over, which is older than any change takes, gives way.
fn claim(path: &Path) -> io::Result<File> {
    match create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_left(path)? => {
            fs::remove_file(path)?;
            create(path)
        }
        made => made,
    }
}

fn is_left(path: &Path) -> io::Result<bool> {
    let age = fs::metadata(path)?.modified()?.elapsed();
    Ok(age.is_ok_and(|age| age > LONGEST_CHANGE))
}

/// A key by which fields are encrypted must outlive a power cut: so must its name in the folder.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn write(file: &mut File, keys: &Keyring) -> io::Result<()> {
    let head = "# Keys of encrypted fields of the database. Without them those fields are lost: back this file up.\n";
    file.write_all(format!("{head}{}", keys.reveal()).as_bytes())?;
    file.sync_all()
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(end);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_made_once_for_its_owner_and_grows_at_its_head() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let keys = FieldKeys::File(path.clone());
        let first = keys.read([1; NEW_KEY]).unwrap();
        assert_eq!(keys.read([2; NEW_KEY]).unwrap().reveal(), first.reveal(), "made once");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        assert_eq!(keys.add([3; NEW_KEY]).unwrap(), KeyId([3; 4]));
        let ids: Vec<_> = keys.read([4; NEW_KEY]).unwrap().ids().collect();
        assert_eq!(ids, [KeyId([3; 4]), KeyId([1; 4])]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");

        let left = File::create(folder.path().join("keys.next")).unwrap();
        let busy = keys.add([6; NEW_KEY]).unwrap_err().to_string();
        assert!(busy.contains("keys.next"), "somebody is at it: {busy}");
        let made = left.metadata().unwrap().modified().unwrap();
        left.set_modified(made - LONGEST_CHANGE * 2).unwrap();
        assert_eq!(keys.add([6; NEW_KEY]).unwrap(), KeyId([6; 4]), "whoever was at it is gone");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(keys.read([5; NEW_KEY]), Err(FieldKeysError::Open(_))));
        assert!(matches!(keys.add([5; NEW_KEY]), Err(FieldKeysError::Open(_))));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::set_permissions(&path, fs::Permissions::from_mode(MODE)).unwrap();
        fs::write(&path, "nonsense").unwrap();
        let error = keys.read([5; NEW_KEY]).unwrap_err().to_string();
        assert!(error.contains("line 1") && !error.contains("nonsense"), "{error}");
        assert!(matches!(FieldKeys::Given(first).add([5; NEW_KEY]), Err(FieldKeysError::Given)));
    }
}
