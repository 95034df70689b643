/// The passwords that guessing begins with, at least eight characters long, in lower case.
///
/// Chosen by hand from what published lists of leaked passwords have at their top, with English, Japanese and keyboard
/// patterns. It stops the first few hundred guesses; the rate limit of sign-in stops the rest.
enum CommonPasswords {
    static let all: Set<String> = Set(
        words.split(whereSeparator: \.isWhitespace).map(String.init) + ["correct horse battery staple"])

    private static let words: String = """
        !qaz2wsx 00000000 000000000 0000000000 0123456789 0987654321 10203040 1020304050 11111111 111111111
        1111111111 11112222 11223344 1122334455 112233445566 12121212 123123123 123321123 12341234 12344321
        12345678 123456789 1234567890 12345678910 123456789a 123456789q 12345678a 123456qwerty 12345qwert
        1234abcd 1234asdf 1234qwer 123654789 123qwe123 123qweasd 13131313 13572468 13579111 14159265 147258369
        147852369 159357456 19841984 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qaz@wsx 1qazxsw2
        20002000 20202020 22222222 2468101214 24681357 31415926 3141592653 33333333 44444444 55555555 66666666
        741852963 77777777 789456123 87654321 88888888 888888888 987654321 9876543210 99999999 999999999
        a1234567 a12345678 a123456789 a1b2c3d4 aa123456 aa12345678 abc12345 abc123456 abc@1234 abc@12345
        abcd1234 abcd@1234 abcdefg1 abcdefgh access14 admin123 admin1234 admin12345 admin@123 admin@1234
        adminadmin administrator aishiteru anpanman arigatou arsenal1 asdf1234 asdfasdf asdfghjk asdfghjkl
        asdfghjkl1 asshole1 autumn2025 barcelona baseball baseball1 basketball batman123 blink182 bullshit
        butterfly changeit changeme changeme1 changeme123 charlie1 cheese123 chelsea1 chocolate cisco123
        computer computer1 contrasena contraseña cookie123 correcthorsebatterystaple corvette database december
        default1 demo1234 demodemo doraemon doraemon1 dragon123 example1 facebook facebook1 flower123 football
        football1 forever1 freedom1 friday13 fuckyou1 fuckyou123 fuckyou2 ginger123 google123 guest1234
        gundam123 harley123 hatsunemiku hunter22 hunter2hunter2 ihateyou iloveyou iloveyou! iloveyou1 iloveyou2
        india@123 internet internet1 january1 jennifer jessica1 jordan23 killer123 konnichiwa letmein1
        letmein123 letmeinnow liverpool liverpool1 login123 lovelove loveyou1 manchester master123 masterkey
        mercedes metallica michael1 midnight monday123 monkey123 motdepasse mustang1 mypassword mypassword1
        mysecret mysql123 naruto123 newpassword nihongo1 nippon123 nopassword notapassword oldpassword onepiece
        onepiece1 oracle123 p4ssw0rd p4ssword p@ssw0rd p@ssw0rd1 p@ssword pa$$word pa55word parola123 pass1234
        pass12345 passpass passw0rd passw0rd1 password password! password1 password1! password12 password123
        password1234 password2 password3 password@1 password@123 passwordpassword passwort passwort1 pepper123
        pikachu1 pikachu123 pokemon1 pokemon123 postgres princess princess1 q1w2e3r4 q1w2e3r4t5 qazwsx123
        qazwsxedc qwe123qwe qweasd123 qweasdzxc qwer1234 qwerty1! qwerty12 qwerty123 qwerty1234 qwerty12345
        qwerty123456 qwerty@123 qwertyqwerty qwertyui qwertyuiop qwertyuiop123 raspberry root1234 rootroot
        sakura123 sakurasakura sample123 samsung1 samsung123 secret12 secret123 secret1234 senha123 server123
        shadow123 spiderman spring2025 spring2026 starwars starwars1 success1 suisha123 suisha1234 summer123
        summer2024 summer2025 summer2026 sunshine sunshine1 superman superman1 suzuki123 tanaka123 temp1234
        temppass test1234 test12345 test@123 test@1234 testing1 testing123 testtest thisisapassword tokyo123
        tokyo2020 tokyo2026 toor1234 totoro123 trustno1 user1234 user12345 username usuario1 watashi1 welcome!
        welcome1 welcome12 welcome123 welcome2 welcome@1 welcome@123 whatever whatever1 winter123 winter2024
        winter2025 winter2026 yamada123 yourpassword zaq12wsx zaq1zaq1 zxcvbnm, zxcvbnm1 zxcvbnm123 ぱすわーど123
        パスワード123
        """
}
