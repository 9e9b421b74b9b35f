using System;
using System.Collections.Generic;
using System.Drawing;
using System.IO;
using System.Linq;
using System.Windows.Forms;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.MockEclipse
{
    /// <summary>The window of the host: patients at the left, the open plan, a Scripting menu.</summary>
    public sealed class MainWindow : Form
    {
        private const string Title = "Mock Eclipse (esapi-bridge)";

        private readonly MockSession _session;
        private readonly string _scriptsFolder;
        private readonly PlanTree _tree;
        private readonly PlanPanel _panel = new PlanPanel();
        private readonly ToolStripMenuItem _scripting = new ToolStripMenuItem("&Scripting");
        private readonly ToolStripMenuItem _save = new ToolStripMenuItem("&Save");
        private readonly ToolStripMenuItem _discard = new ToolStripMenuItem("&Discard changes");
        private readonly Label _state = new Label();

        /// <summary>Makes the window.</summary>
        public MainWindow(MockSession session, Selection open, string scriptsFolder)
        {
            _session = session;
            _scriptsFolder = scriptsFolder;
            Alert = delegate(string text, string title) { MessageBox.Show(this, text, title); };
            _tree = new PlanTree(session);
            ClientSize = new Size(1000, 660);
            BuildMenu();
            Label banner = Band(DockStyle.Top, Title + ". " + Program.IntendedUse);
            banner.BackColor = Color.Gold;
            _state = Band(DockStyle.Bottom, "");
            _tree.Dock = DockStyle.Left;
            _tree.Width = 220;
            _tree.Chosen += Open;
            _panel.Dock = DockStyle.Fill;
            Controls.Add(_panel);
            Controls.Add(_tree);
            Controls.Add(_state);
            Controls.Add(banner);
            Controls.Add(MainMenuStrip);
            FormClosing += delegate(object sender, FormClosingEventArgs closing) { closing.Cancel = !MayLeave(); };
            Refill(open);
        }

        /// <summary>What is open.</summary>
        public Selection Selected { get; private set; }

        /// <summary>Tells the user a text under a title; a message box unless replaced.</summary>
        public Action<string, string> Alert { get; set; }

        /// <summary>The Scripting menu.</summary>
        public ToolStripMenuItem ScriptingMenu
        {
            get { return _scripting; }
        }

        /// <summary>Runs a script on what is open, as picked from the menu. Eclipse waits for it, and so does this window.</summary>
        public void RunScript(string script)
        {
            try
            {
                Plugin plugin = Plugin.Load(script, _scriptsFolder);
                _state.Text = "Running " + Path.GetFileName(script) + " ...";
                _state.Refresh(); // the window is not drawn again before the script ends
                _session.Guard.BeginScript(plugin.Assembly);
                ScriptWindow.Show(plugin.Execute(
                    _session.CreateContext(Selected.Course, Selected.Plan), ScriptsOfScripts.Environment(_session)));
            }
            catch (Exception error)
            {
                Alert(string.Join("\n", Fault.Lines(error).ToArray()), "The script ended with an error");
            }
            Refill(Selected);
        }

        /// <summary>Picks a script from the Scripting menu by its name there; one that is not in the menu is run as it is named.</summary>
        public void Pick(string script)
        {
            ToolStripItem item = _scripting.DropDownItems.Cast<ToolStripItem>().FirstOrDefault(i => i.Text == script);
            if (item == null)
            {
                RunScript(script);
            }
            else
            {
                item.PerformClick();
            }
        }

        /// <summary>Shows the plan that was added last to the open patient, if any was.</summary>
        public void ShowNewest(ICollection<string> known)
        {
            if (_session.Patient == null)
            {
                return;
            }
            foreach (Course course in _session.Patient.Courses)
            {
                foreach (PlanSetup plan in course.PlanSetups.Where(p => !known.Contains(course.Id + "/" + p.Id)))
                {
                    Refill(new Selection(Selected.Patient, course.Id, plan.Id));
                    return;
                }
            }
        }

        /// <summary>Course and id of every plan of the open patient.</summary>
        public ICollection<string> PlanNames()
        {
            return _session.Patient == null
                ? new List<string>()
                : _session.Patient.Courses.SelectMany(c => c.PlanSetups.Select(p => c.Id + "/" + p.Id)).ToList();
        }

        private static Label Band(DockStyle dock, string text)
        {
            return new Label { Dock = dock, Height = 24, Text = text, TextAlign = ContentAlignment.MiddleLeft };
        }

        private void BuildMenu()
        {
            ToolStripMenuItem file = new ToolStripMenuItem("&File");
            ToolStripMenuItem exit = new ToolStripMenuItem("E&xit");
            _save.Click += delegate { Save(); };
            _discard.Click += delegate { Discard(); };
            exit.Click += delegate { Close(); };
            file.DropDownItems.AddRange(new ToolStripItem[] { _save, _discard, new ToolStripSeparator(), exit });
            foreach (string script in Scripts())
            {
                string name = Path.GetFileName(script);
                ToolStripItem item = _scripting.DropDownItems.Add(name.Substring(0, name.Length - Plugin.Suffix.Length));
                string chosen = script;
                item.Click += delegate { RunScript(chosen); };
            }
            if (_scripting.DropDownItems.Count == 0)
            {
                _scripting.DropDownItems.Add("No scripts: give --scripts").Enabled = false;
            }
            MainMenuStrip = new MenuStrip();
            MainMenuStrip.Items.AddRange(new ToolStripItem[] { file, _scripting });
        }

        private IEnumerable<string> Scripts()
        {
            return _scriptsFolder != null && Directory.Exists(_scriptsFolder)
                ? Directory.GetFiles(_scriptsFolder, "*" + Plugin.Suffix).OrderBy(f => f, StringComparer.OrdinalIgnoreCase)
                : Enumerable.Empty<string>();
        }

        /// <summary>Opens what the user picked; another patient only after the changes of this one are dealt with.</summary>
        private void Open(Selection chosen)
        {
            if (chosen.Patient != Selected.Patient)
            {
                if (!MayLeave())
                {
                    Refill(Selected);
                    return;
                }
                _session.ClosePatient();
                _session.OpenPatient(chosen.Patient);
            }
            Refill(chosen);
        }

        private void Save()
        {
            try
            {
                _session.Save();
            }
            catch (ApplicationException error)
            {
                Alert(error.Message, "Nothing was saved");
            }
            Refill(Selected);
        }

        private void Discard()
        {
            _session.Discard();
            Refill(Selected);
        }

        /// <summary>Whether nothing is unsaved, or the user has said what to do with it.</summary>
        private bool MayLeave()
        {
            if (!_session.HasChanges)
            {
                return true;
            }
            DialogResult answer = MessageBox.Show(
                this, "Save the changes to patient " + Selected.Patient + "?", Title, MessageBoxButtons.YesNoCancel);
            if (answer == DialogResult.Yes)
            {
                Save();
            }
            else if (answer == DialogResult.No)
            {
                Discard();
            }
            return answer != DialogResult.Cancel && !_session.HasChanges;
        }

        /// <summary>Shows everything again, with `open` open.</summary>
        private void Refill(Selection open)
        {
            Selected = open;
            _session.Guard.Aborted = false; // the host itself is never stopped
            ExternalPlanSetup plan = _session.CreateContext(open.Course, open.Plan).ExternalPlanSetup;
            if (plan == null && open.Plan != null)
            {
                Selected = open = new Selection(open.Patient, open.Course, null); // it was discarded
            }
            _tree.Fill(open);
            _panel.Show(plan);
            bool changed = _session.HasChanges;
            _save.Enabled = _discard.Enabled = changed;
            _state.Text = open.Patient == null ? "No patient is open." : changed ? "Unsaved changes." : "No changes.";
            Text = (changed ? "* " : "") + Title + " - " + Program.IntendedUse;
        }
    }
}
