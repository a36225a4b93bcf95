for (const frame of document.querySelectorAll("iframe[data-target]")) frame.src = frame.dataset.target;
