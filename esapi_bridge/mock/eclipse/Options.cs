using System.Collections.Generic;

namespace EsapiBridge.MockEclipse
{
    /// <summary>The command line of the host.</summary>
    public sealed class Options
    {
        /// <summary>How the host is called.</summary>
        public const string Usage =
            "MockEclipse --database DIR [--scripts DIR] [--patient ID] [--course ID] [--plan ID]"
            + " [--run SCRIPT [--save] [--json]] [--screenshots DIR [--start SCRIPT]] [--no-licence] [--clinical]";

        private readonly Dictionary<string, string> _values = new Dictionary<string, string>();
        private readonly HashSet<string> _switches = new HashSet<string>();

        private static readonly HashSet<string> WithValue = new HashSet<string>
        {
            "--database", "--scripts", "--run", "--patient", "--course", "--plan", "--screenshots", "--start"
        };

        private static readonly HashSet<string> Switches = new HashSet<string>
        {
            "--save", "--json", "--no-licence", "--clinical"
        };

        private Options()
        {
        }

        /// <summary>Folder of the database.</summary>
        public string Database { get { return Value("--database"); } }

        /// <summary>Folder of the plug-ins that the menu lists; null for none.</summary>
        public string Scripts { get { return Value("--scripts"); } }

        /// <summary>Plug-in to run without any window; null for the window.</summary>
        public string Run { get { return Value("--run"); } }

        /// <summary>Patient to open; null for whoever has the plan.</summary>
        public string Patient { get { return Value("--patient"); } }

        /// <summary>Course to open; null for that of the plan.</summary>
        public string Course { get { return Value("--course"); } }

        /// <summary>Plan to open; null for none.</summary>
        public string Plan { get { return Value("--plan"); } }

        /// <summary>Folder that receives pictures of the window, which then closes by itself; null for none.</summary>
        public string Screenshots { get { return Value("--screenshots"); } }

        /// <summary>Plug-in to start from the menu while pictures are taken; null for none.</summary>
        public string Start { get { return Value("--start"); } }

        /// <summary>Whether to save after a script that ended well.</summary>
        public bool Save { get { return _switches.Contains("--save"); } }

        /// <summary>Whether to answer in JSON.</summary>
        public bool Json { get { return _switches.Contains("--json"); } }

        /// <summary>Whether the site lacks the right to write by script.</summary>
        public bool NoLicence { get { return _switches.Contains("--no-licence"); } }

        /// <summary>Whether the database is clinical, where scripts need an approval that none has here.</summary>
        public bool Clinical { get { return _switches.Contains("--clinical"); } }

        /// <summary>Reads a command line.</summary>
        /// <exception cref="UsageException">It is not one of this program.</exception>
        public static Options Parse(string[] arguments)
        {
            Options options = new Options();
            for (int n = 0; n < arguments.Length; n++)
            {
                string name = arguments[n];
                if (Switches.Contains(name))
                {
                    options._switches.Add(name);
                }
                else if (WithValue.Contains(name) && n + 1 < arguments.Length)
                {
                    options._values[name] = arguments[++n];
                }
                else
                {
                    throw new UsageException("cannot understand " + name + "; usage: " + Usage);
                }
            }
            if (options.Database == null)
            {
                throw new UsageException("a database is needed; usage: " + Usage);
            }
            if (options.Run == null && options.Save)
            {
                throw new UsageException("--save goes with --run; in the window, save by the menu");
            }
            return options;
        }

        private string Value(string name)
        {
            string value;
            return _values.TryGetValue(name, out value) ? value : null;
        }
    }
}
