"""The size of the frames in AV1 data.

A decoder allocates what these announce, whatever the file around them says.
"""

from collections.abc import Iterator

_SEQUENCE_HEADER = 1
_MOST_UNITS = 10_000


def frame_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the largest width and height that each sequence header in AV1 data allows (specification, 5.5).

    Nothing comes of what is cut off: no decoder accepts it either.

    Raises:
        ValueError: the data consist of more units than an image has.
    """
    start = count = 0
    while start < len(data):
        count += 1
        if count > _MOST_UNITS:
            raise ValueError("too many AV1 units")
        kind, extended, sized = data[start] >> 3 & 15, data[start] >> 2 & 1, data[start] >> 1 & 1
        start += 1 + extended
        length = len(data) - start
        if sized:
            length, start = _read_length(data, start)
        if kind == _SEQUENCE_HEADER:
            bits = _Bits(data[start : start + min(length, 1000)])
            size = _read_frame_size(bits)
            if not bits.exhausted:
                yield size
        start += length


class _Bits:
    """Whole numbers of any number of bits, one after the other; zeros once the data are exhausted."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data), 8 * len(data)

    @property
    def exhausted(self) -> bool:
        """Whether more was read than there is."""
        return self._left < 0

    def read(self, count: int) -> int:
        """Return the next number of ``count`` bits."""
        self._left -= count
        return 0 if self.exhausted else self._value >> self._left & (1 << count) - 1

    def skip_exp_golomb(self) -> None:
        """Skip a number whose leading zeros say how long it is."""
        zeros = 0
        while not self.exhausted and not self.read(1):
            zeros += 1
        self.read(zeros if zeros < 32 else 0)


def _read_length(data: bytes, start: int) -> tuple[int, int]:
    """Return a length in seven bits a byte, the lowest first, and where it ends."""
    length = 0
    for index, byte in enumerate(data[start : start + 8]):
        length |= (byte & 127) << 7 * index
        if byte < 128:
            return length, start + index + 1
    return len(data), len(data)


def _read_frame_size(bits: _Bits) -> tuple[int, int]:
    """Return width and height, which a sequence header names after what belongs to films."""
    bits.read(4)  # profile, still picture
    if bits.read(1):  # the short header of a still picture
        bits.read(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    return bits.read(width_bits) + 1, bits.read(height_bits) + 1


def _skip_operating_points(bits: _Bits) -> None:
    delay_bits = 0
    if bits.read(1):  # timing
        bits.read(64)
        if bits.read(1):
            bits.skip_exp_golomb()
        if bits.read(1):  # decoder model
            delay_bits = bits.read(5) + 1
            bits.read(42)
    display_delay = bits.read(1)
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        if bits.read(5) > 7:  # level
            bits.read(1)
        if delay_bits and bits.read(1):
            bits.read(2 * delay_bits + 1)
        if display_delay and bits.read(1):
            bits.read(4)
