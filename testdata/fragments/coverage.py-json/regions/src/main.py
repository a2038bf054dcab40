exec(compile("greeting = 1\nname = 2\n", "page.tmpl", "exec"))
import shop
