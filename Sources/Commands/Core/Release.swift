/// What Apus says it is.
public enum Release {
    /// The version of Apus.
    public static let apus = "0.1.0"
    /// The version of the reference whose behaviour clients may count on.
    public static let reference = "7.2.4"
}
