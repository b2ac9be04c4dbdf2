// The floor: what a browser can do at most. A parser and framer of MQTT written by hand, without a session, checks, options, or anything
// else that a client needs: it splits packets, decodes the topic, hands over the payload where it lies in the frame; and it puts all that
// is published in a turn into one WebSocket frame, with a promise for each message. No client can be much faster, and none that is sound as fast.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** @type {import("../contestants/contestant.js").Contestant["connect"]} */
export const connectFloor = async ({ url, clientId, version, onMessage }) => {
  const socket = new WebSocket(url, "mqtt");
  socket.binaryType = "arraybuffer";
  const isV5 = version === "5";
  const properties = isV5 ? 1 : 0;
  /** @type {Uint8Array} what has come of a packet that is not all there */
  let rest = new Uint8Array();
  /** @type {Array<((value?: unknown) => void) | undefined>} by packet identifier */
  const open = [];
  let lastId = 0;
  let out = new Uint8Array(65_536);
  let used = 0;
  /** @type {Array<(value?: unknown) => void>} of QoS 0, until they are handed to the socket */
  let unsent = [];
  let accept = () => {};
  let granted = () => {};

  const flush = () => {
    socket.send(out.subarray(0, used));
    used = 0;
    for (const resolve of unsent) resolve();
    unsent = [];
  };
  /** Makes room for so many bytes more in this turn's frame. @param {number} bytes */
  const room = (bytes) => {
    if (used === 0) queueMicrotask(flush);
    if (used + bytes <= out.length) return;
    const larger = new Uint8Array(Math.max(out.length * 2, used + bytes));
    larger.set(out.subarray(0, used));
    out = larger;
  };
  /** @param {number} head @param {number} high @param {number} low of the packet identifier */
  const answer = (head, high, low) => {
    room(4);
    out[used++] = head;
    out[used++] = 2;
    out[used++] = high;
    out[used++] = low;
  };
  /** @param {number} value as a variable byte integer */
  const length = (value) => {
    for (; value > 127; value >>>= 7) out[used++] = (value & 127) | 128;
    out[used++] = value;
  };

  socket.onmessage = ({ data }) => {
    let bytes = new Uint8Array(data);
    if (rest.length > 0) {
      const whole = new Uint8Array(rest.length + bytes.length);
      whole.set(rest);
      whole.set(bytes, rest.length);
      bytes = whole;
    }
    let start = 0;
    while (start + 2 <= bytes.length) {
      let at = start + 1;
      let size = 0;
      let shift = 0;
      let byte = 128;
      while (byte & 128 && at < bytes.length) {
        byte = bytes[at++];
        size |= (byte & 127) << shift;
        shift += 7;
      }
      const end = at + size;
      if (byte & 128 || end > bytes.length) break;
      const head = bytes[start];
      switch (head >> 4) {
        case 3: {
          const topicEnd = at + 2 + (bytes[at] << 8) + bytes[at + 1];
          const topic = decoder.decode(bytes.subarray(at + 2, topicEnd));
          const qos = (head >> 1) & 3;
          onMessage(topic, bytes.subarray(topicEnd + (qos > 0 ? 2 : 0) + properties, end));
          if (qos > 0) answer(qos === 1 ? 0x40 : 0x50, bytes[topicEnd], bytes[topicEnd + 1]);
          break;
        }
        case 4:
        case 7:
          open[(bytes[at] << 8) | bytes[at + 1]]?.();
          break;
        case 5:
          answer(0x62, bytes[at], bytes[at + 1]);
          break;
        case 6:
          answer(0x70, bytes[at], bytes[at + 1]);
          break;
        case 2:
          accept();
          break;
        case 9:
          granted();
      }
      start = end;
    }
    rest = bytes.subarray(start);
  };

  await new Promise((resolve) => (socket.onopen = resolve));
  const id = encoder.encode(clientId);
  const connected = new Promise((resolve) => (accept = () => resolve(undefined)));
  socket.send(
    new Uint8Array([0x10, 12 + id.length + properties, 0, 4, 77, 81, 84, 84, isV5 ? 5 : 4, 2, 0, 0, ...(isV5 ? [0] : []), 0, id.length, ...id]),
  );
  await connected;

  return {
    subscribe: (qos) => {
      const name = encoder.encode("building/#");
      socket.send(new Uint8Array([0x82, 5 + name.length + properties, 0, 1, ...(isV5 ? [0] : []), 0, name.length, ...name, qos]));
      return new Promise((resolve) => (granted = () => resolve(undefined)));
    },
    publish: (topic, payload, qos) => {
      room(12 + topic.length * 3 + payload.length);
      const name = encoder.encode(topic);
      out[used++] = 0x30 | (qos << 1);
      length(2 + name.length + (qos > 0 ? 2 : 0) + properties + payload.length);
      out[used++] = name.length >> 8;
      out[used++] = name.length & 255;
      out.set(name, used);
      used += name.length;
      if (qos > 0) {
        lastId = (lastId % 65_535) + 1;
        out[used++] = lastId >> 8;
        out[used++] = lastId & 255;
      }
      if (isV5) out[used++] = 0;
      out.set(payload, used);
      used += payload.length;
      return new Promise((resolve) => {
        if (qos > 0) open[lastId] = resolve;
        else unsent.push(resolve);
      });
    },
    close: () => socket.close(),
  };
};
