namespace VMS.TPS.Common.Model.API
{
    /// <summary>Who is logged in.</summary>
    public class User : SerializableObject
    {
        internal const string MockUserId = "mock";
        internal const string MockUserName = "Mock User";

        internal User()
        {
        }

        /// <summary>Identifier.</summary>
        public string Id { get { return MockUserId; } }

        /// <summary>Name shown.</summary>
        public string Name { get { return MockUserName; } }

        /// <summary>Language of the interface.</summary>
        public string Language { get { return "en-US"; } }

        /// <summary>There is one user: all are equal.</summary>
        public override bool Equals(object obj) { return obj is User; }

        /// <summary>Hash of the identifier.</summary>
        public override int GetHashCode() { return MockUserId.GetHashCode(); }

        /// <summary>Whether both are the same user.</summary>
        public static bool operator ==(User x, User y) { return Equals(x, y); }

        /// <summary>Whether they are different users.</summary>
        public static bool operator !=(User x, User y) { return !Equals(x, y); }
    }
}
