// Arrays of whole numbers, as viewer/scene/web_page/packing.py packs them.

const TYPES = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array };

/** Decompress base64 of raw deflate (RFC 1951). */
async function inflate(text) {
  const packed = atob(text);
  const bytes = new Uint8Array(packed.length);
  for (let n = 0; n < packed.length; n++) bytes[n] = packed.charCodeAt(n);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Put the bytes of equal significance back together, and return to signed differences. */
function joinBytes(bytes, type, predicted) {
  const Type = TYPES[type];
  const size = Type.BYTES_PER_ELEMENT;
  const count = bytes.length / size;
  const found = new Type(count);
  for (let part = 0; part < size; part++) {
    const begin = part * count;
    for (let n = 0; n < count; n++) found[n] |= bytes[begin + n] << (8 * part);
  }
  if (predicted) for (let n = 0; n < count; n++) found[n] = (found[n] >>> 1) ^ -(found[n] & 1);
  return found;
}

/** Sum differences along one axis, in place; typed arrays wrap around as the differences did. */
function accumulate(array, shape, axis) {
  const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const block = stride * shape[axis];
  for (let begin = 0; begin < array.length; begin += block)
    for (let n = begin + stride; n < begin + block; n++) array[n] += array[n - stride];
}

/** Unpack an array: its entry says type, shape and the axes along which differences were taken. */
async function unpack(entry, text) {
  const found = joinBytes(await inflate(text), entry.type, entry.axes.length > 0);
  for (const axis of entry.axes) accumulate(found, entry.shape, axis);
  return found;
}
