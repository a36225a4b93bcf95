// Moodle's admin page waits for this message and then shows the list of tools.
const frame = document.getElementById("register");
window.addEventListener("message", (event) => {
  if (event.source === frame.contentWindow && event.data && event.data.subject === "org.imsglobal.lti.close") {
    window.location = frame.dataset.close;
  }
});
