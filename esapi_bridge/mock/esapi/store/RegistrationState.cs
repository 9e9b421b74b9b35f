namespace EsapiBridge.Mock
{
    /// <summary>A rigid registration of two frames of reference.</summary>
    internal sealed class RegistrationState : ObjectState
    {
        internal string Id;
        internal string Uid;
        internal string Source;
        internal string Registered;
        /// <summary>4x4, row by row, mm: takes a point of the source frame into the registered frame (row 57).</summary>
        internal double[] Matrix;
    }
}
