print("suisha")
