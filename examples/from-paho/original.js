// A chat room with Paho: the program as it was. `Paho` is the global of paho-mqtt-min.js, which the page has loaded.

/** @type {import("../side-by-side.js").Join} */
export const join = (url, name, view) => {
  const client = new Paho.Client(url, `room-${name}`);
  client.disconnectedPublishing = true;

  const presence = (/** @type {string} */ text) => {
    const message = new Paho.Message(text);
    message.destinationName = `room/who/${name}`;
    message.qos = 1;
    message.retained = true;
    return message;
  };

  client.onConnected = () => {
    view.status("online");
    client.subscribe("room/#", { qos: 2, onFailure: ({ errorMessage }) => view.problem(errorMessage) });
    client.send(presence("here"));
  };
  client.onMessageArrived = (message) => {
    view.message(message.destinationName, message.payloadString, message.qos, message.retained);
  };
  client.onMessageDelivered = (message) => {
    if (message.destinationName === "room/said") view.delivered(message.payloadString);
  };
  client.onConnectionLost = ({ errorCode, errorMessage }) => {
    view.status("offline");
    if (errorCode !== 0) view.problem(errorMessage);
  };
  client.connect({
    cleanSession: false,
    reconnect: true,
    mqttVersion: 4,
    willMessage: presence("gone"),
    onFailure: ({ errorMessage }) => view.problem(errorMessage),
  });

  return {
    say: (text) => {
      try {
        client.send("room/said", text, 2);
      } catch (error) {
        view.problem(String(error)); // not connected, and not connecting again
      }
    },
    leave: () => {
      client.send(presence("gone"));
      client.disconnect();
    },
  };
};
