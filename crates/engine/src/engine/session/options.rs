//! Where a server is and who logs in, from a URL, the variables of libpq and the password file.
//! <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::{SessionError, password};

/// Folders in which a server's socket usually is.
const SOCKET_FOLDERS: [&str; 3] = ["/run/postgresql", "/private/tmp", "/tmp"];

/// How a session is opened.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    pub(super) host: Host,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: Option<String>,
    pub(super) database: Option<String>,
    pub(super) application_name: Option<String>,
    /// Settings for the session, as in `-c search_path=a`.
    pub(super) options: Option<String>,
    pub(super) tls: TlsMode,
    /// A file with certificates that are trusted beside those of the well-known authorities.
    pub(super) root_certificates: Option<PathBuf>,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// A name or an address.
    Network(String),
    /// The folder of a Unix socket.
    Folder(PathBuf),
}

/// Whether the session is encrypted, and what is asked of the server's certificate.
/// <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TlsMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl ConnectOptions {
    /// The options that a URL stands for.
    ///
    /// # Errors
    /// Where it is invalid.
    pub fn parse(url: &str) -> Result<Self, SessionError> {
        parse(url, &|name| std::env::var(name).ok()).map_err(|reason| {
            SessionError::Lost(format!(
                "the URL is not postgres://user@host:port/database: {reason}"
            ))
        })
    }

    /// Those of a superuser `postgres` without a password, through the socket of a server on this machine.
    #[must_use]
    pub fn of_socket(folder: &Path, port: u16) -> Self {
        Self {
            host: Host::Folder(folder.to_owned()),
            port,
            user: "postgres".to_owned(),
            password: None,
            database: Some("postgres".to_owned()),
            application_name: None,
            options: None,
            tls: TlsMode::Disable,
            root_certificates: None,
        }
    }

    /// Another database of the same server.
    #[must_use]
    pub fn database(mut self, name: &str) -> Self {
        self.database = Some(name.to_owned());
        self
    }

    /// A name by which the server shows the session.
    #[must_use]
    pub fn application_name(mut self, name: &str) -> Self {
        self.application_name = Some(name.to_owned());
        self
    }
}

fn parse(url: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<ConnectOptions, String> {
    let rest = ["postgres://", "postgresql://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    let rest = rest.ok_or("it does not begin with postgres://")?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let mut options = defaults(variable)?;
    let (user, password) = match login.split_once(':') {
        Some((user, password)) => (user, Some(decoded(password)?)),
        None => (login, None),
    };
    if !user.is_empty() {
        options.user = decoded(user)?;
    }
    options.password = password.or(options.password);
    let (host, port) = match place.rsplit_once(':') {
        // The colons within brackets are an address's.
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (place, ""),
    };
    if !host.is_empty() {
        options.host = host_of(&decoded(host.trim_start_matches('[').trim_end_matches(']'))?);
    }
    if !port.is_empty() {
        options.port = port_of(port)?;
    }
    if !path.is_empty() {
        options.database = Some(decoded(path)?);
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name)?, decoded(&value.replace('+', " "))?);
        options.set(&name, value)?;
    }
    if options.password.is_none() {
        let database = options.database.as_deref().unwrap_or(&options.user);
        let host = match &options.host {
            Host::Network(name) => name,
            Host::Folder(_) => "localhost",
        };
        options.password = password::of_file(variable, host, options.port, database, &options.user);
    }
    Ok(options)
}

/// What holds where a URL does not say otherwise.
/// <https://www.postgresql.org/docs/current/libpq-envars.html>
fn defaults(variable: &dyn Fn(&str) -> Option<String>) -> Result<ConnectOptions, String> {
    let port = variable("PGPORT").map_or(Ok(5432), |port| port_of(&port))?;
    let host = variable("PGHOSTADDR").or_else(|| variable("PGHOST")).map(|host| host_of(&host));
    let user = ["PGUSER", "USER", "LOGNAME"].iter().find_map(|name| variable(name));
    let tls = variable("PGSSLMODE").map_or(Ok(TlsMode::Prefer), |mode| tls_mode(&mode))?;
    Ok(ConnectOptions {
        host: host.unwrap_or_else(|| usual_host(port)),
        port,
        user: user.unwrap_or_else(|| "postgres".to_owned()),
        password: variable("PGPASSWORD"),
        database: variable("PGDATABASE"),
        application_name: variable("PGAPPNAME"),
        options: variable("PGOPTIONS"),
        tls,
        root_certificates: variable("PGSSLROOTCERT").map(PathBuf::from),
    })
}

impl ConnectOptions {
    /// Sets a parameter of a URL.
    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        match name {
            "host" | "hostaddr" => self.host = host_of(&value),
            "port" => self.port = port_of(&value)?,
            "dbname" => self.database = Some(value),
            "user" => self.user = value,
            "password" => self.password = Some(value),
            "application_name" => self.application_name = Some(value),
            "options" => {
                let before = self.options.take().map(|options| options + " ");
                self.options = Some(before.unwrap_or_default() + &value);
            }
            "sslmode" | "ssl-mode" => self.tls = tls_mode(&value)?,
            "sslrootcert" | "ssl-root-cert" | "ssl-ca" => {
                self.root_certificates = Some(PathBuf::from(value));
            }
            "sslcert" | "sslkey" => {
                return Err(format!(
                    "railcheck cannot log in by certificate, so that {name} is of no use"
                ));
            }
            // Parameters that change nothing here, such as those of a pool, are left alone.
            _ => {}
        }
        Ok(())
    }
}

fn host_of(name: &str) -> Host {
    if name.starts_with('/') {
        Host::Folder(PathBuf::from(name))
    } else {
        Host::Network(name.to_owned())
    }
}

/// The socket of a server on this machine, or else its network address.
fn usual_host(port: u16) -> Host {
    let folder = SOCKET_FOLDERS.iter().map(Path::new);
    let mut found = folder.filter(|folder| folder.join(format!(".s.PGSQL.{port}")).exists());
    found.next().map_or_else(|| host_of("localhost"), |folder| Host::Folder(folder.to_owned()))
}

fn port_of(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("{text} is no port"))
}

fn tls_mode(text: &str) -> Result<TlsMode, String> {
    Ok(match text {
        "disable" | "allow" => TlsMode::Disable,
        "prefer" => TlsMode::Prefer,
        "require" => TlsMode::Require,
        "verify-ca" => TlsMode::VerifyCa,
        "verify-full" => TlsMode::VerifyFull,
        _ => return Err(format!("{text} is no sslmode")),
    })
}

fn decoded(text: &str) -> Result<String, String> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(String::from).map_err(|_| "it is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(name: &str) -> Host {
        Host::Network(name.to_owned())
    }

    #[test]
    fn a_url_says_where_the_server_is_and_who_logs_in() {
        for (url, host, port, user, password, database) in [
            ("postgres://me@db.test:6543/app", network("db.test"), 6543, "me", None, Some("app")),
            (
                "postgresql://me:a%40b:c@h/x%20y",
                network("h"),
                5432,
                "me",
                Some("a@b:c"),
                Some("x y"),
            ),
            ("postgres://[::1]:1/", network("::1"), 1, "nobody", None, None),
            ("postgres://[::1]", network("::1"), 5432, "nobody", None, None),
            ("postgres://%2Ftmp%2Fa:7", Host::Folder("/tmp/a".into()), 7, "nobody", None, None),
            (
                "postgres:///d?host=/run/x&user=u&password=p&port=8",
                Host::Folder("/run/x".into()),
                8,
                "u",
                Some("p"),
                Some("d"),
            ),
        ] {
            let nobody = |name: &str| (name == "USER").then(|| "nobody".to_owned());
            let found = parse(url, &nobody).unwrap();
            assert_eq!((&found.host, found.port, &*found.user), (&host, port, user), "{url}");
            assert_eq!(found.password.as_deref(), password, "{url}");
            assert_eq!(found.database.as_deref(), database, "{url}");
        }
    }

    #[test]
    fn variables_hold_where_the_url_does_not_say() {
        let variable = |name: &str| {
            let values =
                [("PGHOST", "h"), ("PGPORT", "9"), ("PGUSER", "u"), ("PGSSLMODE", "require")];
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let found = parse("postgres://?sslmode=verify-full&options=-c%20a%3Db", &variable).unwrap();
        assert_eq!((found.host, found.port, &*found.user), (network("h"), 9, "u"));
        assert_eq!((found.tls, found.options.as_deref()), (TlsMode::VerifyFull, Some("-c a=b")));
    }

    #[test]
    fn what_is_no_url_is_refused_with_the_reason() {
        for (url, reason) in [
            ("nonsense", "it does not begin with postgres://"),
            ("postgres://h:x/", "x is no port"),
            ("postgres://h/?sslmode=maybe", "maybe is no sslmode"),
            ("postgres://%ff@h/", "it is not UTF-8"),
            ("postgres://h/?sslcert=a", "railcheck cannot log in by certificate"),
        ] {
            let said = parse(url, &|_| None).unwrap_err();
            assert!(said.starts_with(reason), "{url}: {said}");
        }
    }
}
