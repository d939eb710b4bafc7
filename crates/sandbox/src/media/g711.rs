//! G.711 µ-law (PCMU): 8 bits a sample, logarithmic, as the telephone network has it (ITU-T G.711).

const BIAS: i32 = 132;
const LOUDEST: i32 = 32_635;

/// One µ-law byte as a linear sample, -32,124 to 32,124.
#[must_use]
pub const fn decode(byte: u8) -> i16 {
    TABLE[byte as usize]
}

/// A linear sample as the nearest µ-law byte; beyond ±32,635 it is clipped.
#[must_use]
pub const fn encode(sample: i16) -> u8 {
    let (sign, magnitude) = if sample < 0 { (0x80, -(sample as i32)) } else { (0, sample as i32) };
    let biased = if magnitude > LOUDEST { LOUDEST + BIAS } else { magnitude + BIAS };
    // The bias makes bit 7 the lowest that can be the highest one set.
    let exponent = 24 - biased.leading_zeros() as i32;
    let mantissa = (biased >> (exponent + 3)) & 0x0f;
    !(sign | (exponent << 4) as u8 | mantissa as u8)
}

const TABLE: [i16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let inverted = !(byte as u8);
        let mantissa = (inverted & 0x0f) as i32;
        let magnitude = (((mantissa << 3) + BIAS) << ((inverted & 0x70) >> 4)) - BIAS;
        table[byte] = if inverted & 0x80 == 0 { magnitude as i16 } else { -magnitude as i16 };
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        assert_eq!((encode(0), decode(0xff)), (0xff, 0));
        assert_eq!((encode(i16::MAX), decode(0x80)), (0x80, 32_124));
        assert_eq!((encode(i16::MIN), decode(0x00)), (0x00, -32_124));
        assert_eq!((decode(0xfe), decode(0x7e)), (8, -8));
    }

    #[test]
    fn every_byte_survives_the_round_trip() {
        for byte in 0..=255_u8 {
            // There are two zeros; both mean silence.
            let expected = if byte == 0x7f { 0xff } else { byte };
            assert_eq!(encode(decode(byte)), expected, "{byte:#04x}");
        }
    }

    proptest! {
        #[test]
        fn error_is_within_half_a_step(sample in -32_124_i16..=32_124) {
            let error = (i32::from(decode(encode(sample))) - i32::from(sample)).abs();
            // A step is a sixteenth of its octave, and octaves start at the bias.
            let step = ((i32::from(sample).abs() + BIAS) / 16).max(8);
            prop_assert!(error <= step / 2 + 1, "{sample} is off by {error}");
        }

        #[test]
        fn louder_stays_louder(a: i16, b: i16) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(decode(encode(low)) <= decode(encode(high)));
        }
    }
}
