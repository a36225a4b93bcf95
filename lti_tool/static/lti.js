// Two helpers of the LTI pages; every page works without them.
for (const form of document.querySelectorAll("form[data-send]")) form.submit();

for (const button of document.querySelectorAll("button[data-close]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    // LTI Dynamic Registration 1.0, 3.8: tells the platform that the registration window may be closed. It carries nothing.
    (window.opener || window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
  });
}
