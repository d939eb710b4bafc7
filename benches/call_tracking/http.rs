//! As little HTTP as it takes to ask for JSON and to read a stream, so that the client costs nothing.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::support::now;

pub struct Client {
    addr: SocketAddr,
    key: String,
}

/// What a stream was.
pub struct Streamed {
    pub lines: u64,
    /// Until its first byte.
    pub first: Duration,
}

impl Client {
    pub fn new(addr: SocketAddr, key: &str) -> Self {
        Self { addr, key: key.to_owned() }
    }

    /// A body, read to its end. HTTP/1.0, so that it is not in chunks.
    pub fn get(&self, path: &str) -> Vec<u8> {
        let mut reader = self.ask(path);
        let mut body = Vec::new();
        reader.read_to_end(&mut body).expect("a body");
        body
    }

    /// A body of many lines, which are only counted.
    pub fn stream(&self, path: &str, watch: impl FnMut()) -> Streamed {
        let began = now();
        let mut reader = self.ask(path);
        reader.fill_buf().expect("a first byte");
        let first = began.elapsed();
        Streamed { lines: lines(&mut reader, watch), first }
    }

    fn ask(&self, path: &str) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(self.addr).expect("the server");
        let request = format!("GET {path} HTTP/1.0\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n", self.key);
        stream.write_all(request.as_bytes()).expect("a request");
        let mut reader = BufReader::with_capacity(1 << 18, stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).expect("a head") > 0, "{path}: {head}");
        }
        assert!(head.contains(" 200 "), "{path}: {head}");
        reader
    }
}

/// Counts lines; `watch` is called now and then.
pub fn lines(reader: &mut impl Read, mut watch: impl FnMut()) -> u64 {
    let mut buffer = vec![0; 1 << 18];
    let (mut lines, mut reads) = (0, 0_u32);
    loop {
        let count = reader.read(&mut buffer).expect("a piece");
        if count == 0 {
            return lines;
        }
        lines += buffer[..count].iter().filter(|byte| **byte == b'\n').count() as u64;
        reads += 1;
        if reads % 256 == 0 {
            watch();
        }
    }
}
