document.querySelectorAll("table.sortable").forEach(function (table) {
  var body = table.tBodies[0];
  function value(row, column) {
    var cell = row.cells[column];
    var text = (cell.firstChild || cell).textContent.trim();
    if (!cell.classList.contains("n")) return text.toLowerCase();
    var number = parseFloat(text.replace(/\u2212/g, "-").replace(/[$,+]/g, ""));
    return isNaN(number) ? -Infinity : number;
  }
  function sort(header, column) {
    var down = header.getAttribute("aria-sort") === "ascending";
    var rows = Array.prototype.slice.call(body.rows);
    rows.sort(function (a, b) {
      var x = value(a, column), y = value(b, column);
      var order = x < y ? -1 : x > y ? 1 : 0;
      return down ? -order : order;
    });
    rows.forEach(function (row) { body.appendChild(row); });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) {
      other.removeAttribute("aria-sort");
    });
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
  }
  Array.prototype.forEach.call(table.tHead.rows[0].cells, function (header, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    header.textContent = "";
    header.appendChild(button);
    button.addEventListener("click", function () { sort(header, column); });
  });
});
