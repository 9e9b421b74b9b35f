using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Which structure of the plan is what the network asks for, where names do not say it: from the settings, from
    /// whoever drives the script, or from the user in a dialog.
    /// </summary>
    public sealed class StructureRoles
    {
        /// <summary>What the network looks at; the names of <c>fluencenet.scene.LABELS</c>.</summary>
        public static readonly string[] All =
        {
            "PTV", "Bladder", "Prostate", "Rectum", "PenileBulb", "FemoralHead_L", "FemoralHead_R", "Bowel", "Avoidance", "Body"
        };

        /// <summary>The check of a role is named so, and by the role.</summary>
        private const string CheckPrefix = "structure ";

        private const string Question = "The network asks for structures that the names in this plan do not point out: none "
            + "fits, or several do. Choose the right ones; to be asked no more, name them when installing the scripts.";

        private readonly Dictionary<string, string> _ids;

        /// <summary>Starts with what is known.</summary>
        public StructureRoles(FluenceNetSettings settings, RunOptions options)
        {
            _ids = new Dictionary<string, string>(settings.Structures);
            foreach (KeyValuePair<string, string> role in options.Structures)
            {
                _ids[role.Key] = role.Value;
            }
        }

        /// <summary>Runs a job; where it refuses for structures, asks the user which are meant and runs it again.</summary>
        /// <param name="session">Where the user is asked.</param>
        /// <param name="plan">Whose structures there are to choose from.</param>
        /// <param name="run">The job, given the structures by role; null where names decide.</param>
        public JsonObject Run(ScriptSession session, PlanSetup plan, Func<Dictionary<string, string>, JsonObject> run)
        {
            while (true)
            {
                try
                {
                    return run(_ids.Count == 0 ? null : _ids);
                }
                catch (RefusedException refusal)
                {
                    if (!Ask(session, plan, refusal))
                    {
                        throw;
                    }
                }
            }
        }

        /// <summary>True if there is something new to try.</summary>
        private bool Ask(ScriptSession session, PlanSetup plan, RefusedException refusal)
        {
            List<KeyValuePair<string, string>> rows = All.Where(role => refusal.Checks.Contains(CheckPrefix + role))
                .Select(role => new KeyValuePair<string, string>(role, _ids.ContainsKey(role) ? _ids[role] : null)).ToList();
            if (rows.Count == 0)
            {
                return false;
            }
            string[] choices = plan.StructureSet.Structures.Where(structure => !structure.IsEmpty).Select(structure => structure.Id)
                .OrderBy(id => id, StringComparer.OrdinalIgnoreCase).ToArray();
            Dictionary<string, string> answers = session.Choose(Question, rows, choices);
            if (answers == null || !answers.Except(_ids).Any())
            {
                return false;
            }
            foreach (KeyValuePair<string, string> answer in answers)
            {
                _ids[answer.Key] = answer.Value;
            }
            return true;
        }
    }
}
