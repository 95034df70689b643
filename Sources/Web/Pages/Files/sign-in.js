// A link with a code signs in by itself; the button stays for browsers that block scripts.
const form = document.getElementById("code");
if (form) {
  history.replaceState(null, "", "/sign-in");
  form.submit();
}
