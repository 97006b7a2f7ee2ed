// What makes the page hard to read: parts that stick out of the window, small text, text without contrast.
(() => {
  const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parts = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
  const ground = (element) => {
    const color = parts(getComputedStyle(element).backgroundColor);
    return color[3] === 0 ? ground(element.parentElement) : color;
  };
  const says = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const complaints = [];
  if (document.documentElement.scrollWidth > innerWidth) {
    complaints.push(`${document.documentElement.scrollWidth} pixels wide in a window of ${innerWidth}`);
  }
  for (const element of [...document.querySelectorAll("body *")].filter(says)) {
    const style = getComputedStyle(element);
    const [light, dark] = [parts(style.color), ground(element)].map(luminance).sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    const name = `${element.tagName}.${element.className} "${element.textContent.slice(0, 40)}"`;
    if (contrast < 4.5) complaints.push(`${name}: contrast ${contrast.toFixed(1)}`);
    if (parseFloat(style.fontSize) < 12) complaints.push(`${name}: ${style.fontSize}`);
  }
  return complaints;
})();
