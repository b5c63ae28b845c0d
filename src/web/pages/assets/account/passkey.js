// Passkeys on the pages of signing in: asks the browser, puts its answer into the form, sends it.
//
// Promises: shows its buttons only where the browser can do it; whatever fails is said beside the
// button, and the other ways stay. Does not: speak to anybody but the browser; the form does.

const bytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

// The options as the browser takes them: what is binary is base64url in JSON (WebAuthn 3, 5.1).
const taken = (options) => {
  const list = (of) => (of ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
  const made = { ...options, challenge: bytes(options.challenge) };
  if (options.user) made.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) made.excludeCredentials = list(options.excludeCredentials);
  if (options.allowCredentials) made.allowCredentials = list(options.allowCredentials);
  return made;
};

// What the browser answers, each part that there is, as the server reads it.
const told = ({ rawId, response }) => {
  const answer = { id: text(rawId) };
  for (const name of [
    "clientDataJSON",
    "attestationObject",
    "authenticatorData",
    "signature",
    "userHandle",
  ]) {
    if (response[name]) answer[name] = text(response[name]);
  }
  return answer;
};

const pressed = async (button) => {
  const { form } = button;
  const said = form.querySelector("[data-passkey-failed]");
  said.hidden = true;
  try {
    const publicKey = taken(JSON.parse(button.dataset.passkey));
    const { credentials } = navigator;
    const made = button.dataset.passkeyMakes !== undefined;
    const credential = made
      ? await credentials.create({ publicKey })
      : await credentials.get({ publicKey });
    form.elements.passkey.value = JSON.stringify(told(credential));
    form.submit();
  } catch {
    said.hidden = false;
  }
};

if (window.PublicKeyCredential) {
  for (const button of document.querySelectorAll("[data-passkey]")) {
    button.hidden = false;
    button.addEventListener("click", () => pressed(button));
  }
}
