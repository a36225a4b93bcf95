document.getElementById("ltiAuthForm").submit();
