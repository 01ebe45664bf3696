"use strict";
(() => {
    const said = document.getElementById("said");
    const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));

    const theme = document.getElementById("theme");
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    const isDark = () => (document.documentElement.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
    const name = () => { theme.textContent = isDark() ? "Light theme" : "Dark theme"; };
    theme.addEventListener("click", () => {
        document.documentElement.dataset.theme = isDark() ? "light" : "dark";
        name();
    });
    system.addEventListener("change", name);
    name();
    theme.hidden = false;

    // Lists in a row of tables are sorted by number where cells give one, else by text, numbers in it by their value.
    const collator = new Intl.Collator("en", { numeric: true });
    const compare = (a, b) => {
        const [x, y] = [a, b].map(cell => cell.dataset.key);
        return x !== undefined && y !== undefined ? Number(x) - Number(y) : collator.compare(a.textContent, b.textContent);
    };
    const sort = (table, header, at) => {
        const first = header.dataset.first || "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const body = table.tBodies[0];
        const rows = Array.from(body.rows);
        const as = (order, a, b) => (order === "ascending" ? 1 : -1) * compare(a.cells[at], b.cells[at]);
        // Rows that stand in this order already are turned round: a click that changes nothing looks like a broken one.
        const stands = rows.every((row, place) => place === 0 || as(first, rows[place - 1], row) <= 0);
        const order = stands ? other : first;
        all("th", table).forEach(th => th.removeAttribute("aria-sort"));
        header.setAttribute("aria-sort", order);
        rows.sort((a, b) => as(order, a, b));
        body.append(...rows);
        said.textContent = `Sorted by ${header.textContent}, ${order}`;
    };
    for (const table of all("table.sortable")) {
        if (table.tBodies[0].rows.length < 2) continue;
        all("th", table).forEach((header, at) => {
            if (header.classList.contains("unsorted") || !header.textContent.trim()) return;
            const button = document.createElement("button");
            button.type = "button";
            button.append(...header.childNodes);
            button.addEventListener("click", () => sort(table, header, at));
            header.append(button);
        });
    }

    const filters = document.getElementById("filters");
    if (filters) {
        const rows = all("#findings-table tbody tr");
        const texts = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));
        const shown = document.getElementById("shown");
        const apply = () => {
            const severities = all("[name=severity]:checked", filters).map(box => box.value);
            const rule = filters.elements.rule.value;
            const words = filters.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
            let count = 0;
            for (const row of rows) {
                const fits = severities.includes(row.dataset.severity)
                    && (!rule || row.dataset.rule === rule)
                    && words.every(word => texts.get(row).includes(word));
                row.hidden = !fits;
                count += fits;
            }
            const noun = rows.length === 1 ? "finding" : "findings";
            shown.textContent = count === rows.length ? `${count} ${noun}` : `${count} of ${rows.length} ${noun}`;
        };
        filters.addEventListener("input", apply);
        filters.addEventListener("reset", () => setTimeout(apply));
        filters.addEventListener("submit", event => event.preventDefault());
        filters.hidden = false;
        apply();
    }

    // Where a browser keeps the clipboard from pages, the text is marked, ready for the keyboard.
    const mark = code => {
        const selection = window.getSelection();
        selection.removeAllRanges();
        const range = document.createRange();
        range.selectNodeContents(code);
        selection.addRange(range);
    };
    const copy = async code => {
        try {
            await navigator.clipboard.writeText(code.textContent);
            return "Copied";
        } catch {
            mark(code);
            try {
                if (document.execCommand("copy")) return "Copied";
            } catch { /* as below */ }
            return "Press Ctrl+C";
        }
    };
    for (const button of all("button.copy")) {
        const label = button.textContent;
        button.addEventListener("click", async () => {
            button.textContent = said.textContent = await copy(button.parentElement.querySelector("code"));
            setTimeout(() => { button.textContent = label; }, 2000);
        });
        button.hidden = false;
    }

    let opened = [];
    window.addEventListener("beforeprint", () => {
        opened = all("#findings details:not([open])");
        opened.forEach(details => { details.open = true; });
    });
    window.addEventListener("afterprint", () => opened.forEach(details => { details.open = false; }));
})();
